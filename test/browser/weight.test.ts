// What a screen costs: few requests, few bytes, whatever is stored.
import { afterAll, beforeAll, expect, test } from "bun:test"
import type { Page } from "playwright-core"
import { chat, type Gateway, launch } from "../harness.ts"
import { describeInBrowser, PATIENCE_MS, visit } from "./stage.ts"

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch()
}, PATIENCE_MS)
afterAll(() => gateway.dispose())

interface Weighed {
  path: string
  bytes: number
}

/** What comes over the connection from now on, request by request, as it is sent: a way to read it. */
async function weigh(page: Page): Promise<() => Promise<Weighed[]>> {
  const session = await page.context().newCDPSession(page)
  await session.send("Network.enable")
  const weighed = new Map<string, Weighed>()
  session.on("Network.requestWillBeSent", ({ requestId, request }) => {
    weighed.set(requestId, { path: new URL(request.url).pathname, bytes: 0 })
  })
  session.on("Network.dataReceived", ({ requestId, encodedDataLength }) => {
    const found = weighed.get(requestId)
    if (found) found.bytes += encodedDataLength
  })
  return async () => {
    // What this session was told before it answers has come.
    await session.send("Runtime.evaluate", { expression: "0" })
    return [...weighed.values()]
  }
}

const readRevision = async () =>
  ((await (await gateway.fetch("/v1/async/jobs?limit=1")).json()) as { revision: string }).revision

describeInBrowser("what a screen asks for", () => {
  test("a list of 100 jobs is one request of at most 50 KB, and is asked again only where the store has changed before its stream of changes began", async () => {
    const message = "an error that says a lot ".repeat(20)
    const ids: string[] = []
    for (let count = 0; count < 110; count += 1)
      ids.push(await gateway.accept(chat({ mock: { status: 400, message } })))
    // What changes in between would be a reason to read the list again.
    for (const id of ids) await gateway.end(id)
    const { page, requested } = await visit("about:blank")
    const readWeighed = await weigh(page)
    const before = await readRevision()
    await page.goto(`${gateway.url}/ui/jobs`)
    await page.getByText("100 jobs, and more").waitFor()
    await page.getByRole("button", { name: "Live", exact: true }).waitFor()
    // By now the page would have asked again.
    await page.evaluate(() => new Promise(requestAnimationFrame))
    const lists = (await readWeighed()).filter(({ path }) => path === "/v1/async/jobs")
    const isOfAPI = (asked: string) => asked.includes("/v1/") && !/\/(me|events)\b/.test(asked)
    expect(new Set(requested.filter(isOfAPI))).toEqual(new Set(["GET /v1/async/jobs?limit=100"]))
    // The gateway probes its disk every ten seconds, and that is a change of the store like any other.
    expect(lists.length).toBeLessThanOrEqual((await readRevision()) === before ? 1 : 2)
    expect(lists[0]?.bytes).toBeGreaterThan(1000)
    for (const { bytes } of lists) expect(bytes).toBeLessThanOrEqual(50 * 1024)
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
