// What a screen costs: few requests, few bytes, whatever is stored.
import { afterAll, beforeAll, expect, test } from "bun:test"
import type { Page } from "playwright-core"
import { chat, type Gateway, launch } from "../harness.ts"
import { describeInBrowser, visit } from "./stage.ts"

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch()
})
afterAll(() => gateway.dispose())

/** What comes over the connection from now on, by path, as it is sent. */
async function weigh(page: Page): Promise<Map<string, number>> {
  const session = await page.context().newCDPSession(page)
  await session.send("Network.enable")
  const paths = new Map<string, string>()
  const bytes = new Map<string, number>()
  session.on("Network.requestWillBeSent", ({ requestId, request }) => {
    paths.set(requestId, new URL(request.url).pathname)
  })
  const add = (requestId: string, length: number) => {
    const path = paths.get(requestId) ?? "?"
    bytes.set(path, (bytes.get(path) ?? 0) + length)
  }
  session.on("Network.dataReceived", ({ requestId, encodedDataLength }) => add(requestId, encodedDataLength))
  return bytes
}

describeInBrowser("what a screen asks for", () => {
  test("a list of 100 jobs is one request of at most 50 KB, and is asked again only where the store has changed before its stream of changes began", async () => {
    const message = "an error that says a lot ".repeat(20)
    const ids: string[] = []
    for (let count = 0; count < 110; count += 1)
      ids.push(await gateway.accept(chat({ mock: { status: 400, message } })))
    // What changes in between would be a reason to read the list again.
    for (const id of ids) await gateway.end(id)
    const { page, requested } = await visit("about:blank")
    const bytes = await weigh(page)
    const answers: Promise<{ revision: string }>[] = []
    page.on("response", (response) => {
      if (new URL(response.url()).pathname === "/v1/async/jobs") answers.push(response.json())
    })
    await page.goto(`${gateway.url}/ui/jobs`)
    await page.getByText("100 jobs, and more").waitFor()
    await page.getByRole("button", { name: "Live", exact: true }).waitFor()
    // By now the page would have asked again.
    await page.evaluate(() => new Promise(requestAnimationFrame))
    const isOfAPI = (asked: string) => asked.includes("/v1/") && !/\/(me|events)\b/.test(asked)
    expect(new Set(requested.filter(isOfAPI))).toEqual(new Set(["GET /v1/async/jobs?limit=100"]))
    // The gateway probes its disk every ten seconds, and that is a change of the store like any other.
    const revisions = (await Promise.all(answers)).map(({ revision }) => revision)
    expect(new Set(revisions).size).toBe(revisions.length)
    expect(bytes.get("/v1/async/jobs")).toBeGreaterThan(1000)
    expect(bytes.get("/v1/async/jobs")).toBeLessThanOrEqual(50 * 1024 * revisions.length)
  })

  test("a screen that is left asks for nothing more", async () => {
    const { page, requested } = await visit("about:blank")
    await page.clock.install()
    await page.goto(`${gateway.url}/ui`)
    await page.getByText("Last clean-up").waitFor()
    await page.getByRole("link", { name: "Jobs", exact: true }).click()
    await page.getByText("100 jobs, and more").waitFor()
    const before = requested.length
    await page.clock.runFor(60_000)
    expect(requested.slice(before).filter((asked) => asked.includes("/v1/async/stats"))).toEqual([])
  })
})
