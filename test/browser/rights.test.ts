// What a virtual key cannot do in the page it cannot do by the API either: a button that is hidden protects nothing.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Page } from "playwright-core"
import type { Job } from "../harness.ts"
import { openWire, virtualKeys, type Wire } from "../wire/gateway.ts"
import { findType } from "../wire/types.ts"
import { describeInBrowser, expectSound, PATIENCE_MS, visit } from "./stage.ts"

const chat = findType("chat_completion")

let wire: Wire
let mine = ""
/** It runs, and is another's. */
let theirs = ""
beforeAll(async () => {
  wire = await openWire()
  const of = async (key: string, model: string) =>
    (await wire.accept(chat, { model, mock: { hang: true } }, { "x-bf-vk": key })).id as string
  mine = await of(virtualKeys.a, "mock/of-a")
  theirs = await of(virtualKeys.b, "mock/of-b")
  while (
    (await readState(mine, virtualKeys.a)) !== "running" ||
    (await readState(theirs, virtualKeys.b)) !== "running"
  );
}, PATIENCE_MS)
afterAll(() => wire.dispose())

const readState = async (id: string, key: string) =>
  ((await (await wire.fetch(`/v1/async/jobs/${id}`, { headers: { "x-bf-vk": key } })).json()) as Job).state as string

/** A request with the key of the page, as a reader would send it from the browser's console. */
const ask = (page: Page, method: string, path: string, body?: object) =>
  page.evaluate(
    async ({ method, path, body, key }) => {
      const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" }
      const response = await fetch(path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: response.status, text: await response.text() }
    },
    { method, path, body, key: virtualKeys.a },
  )

const open = (path: string) => visit(wire.url + path, { token: virtualKeys.a })

describeInBrowser("a virtual key in the page", () => {
  describe("is refused by the gateway what the page does not offer", () => {
    test.each([
      ["GET", "/v1/async/stats?window=10m"],
      ["GET", "/v1/async/providers"],
      ["GET", "/v1/async/virtual-keys"],
      ["POST", "/v1/async/virtual-keys"],
      ["DELETE", "/v1/async/virtual-keys/a"],
    ])("%s %s", async (method, path) => {
      const { page } = await open("/ui/jobs")
      await page.getByText("mock/of-a").waitFor()
      const { status, text } = await ask(page, method, path, method === "POST" ? { name: "more" } : undefined)
      expect([401, 403]).toContain(status)
      expect(text).not.toContain("sk-")
    })
  })

  test("finds nothing of another's job, and leaves it running", async () => {
    const { page } = await open(`/ui/jobs/${theirs}`)
    await page.getByRole("alert").getByText("virtual key mismatch").waitFor()
    for (const [method, path, body] of [
      ["GET", ""],
      ["GET", "/request"],
      ["GET", "/content"],
      ["POST", "/cancel"],
      ["POST", "/replay", {}],
      ["DELETE", ""],
    ] as const) {
      expect((await ask(page, method, `/v1/async/jobs/${theirs}${path}`, body)).status).toBe(404)
    }
    expect((await wire.fetch(`${chat.path}/${theirs}`, { headers: { "x-bf-vk": virtualKeys.b } })).status).toBe(202)
  })

  test("means its own jobs by all of them", async () => {
    const opened = await open("/ui/jobs")
    const { page } = opened
    await page.getByRole("button", { name: "Cancel all…" }).click()
    await page.getByLabel("Type cancel to go on").fill("cancel")
    await page.getByRole("button", { name: "Cancel 1 job" }).click()
    await page.getByText("Done. 1 job cancelled.").waitFor()
    await expectSound(opened)
    expect(await readState(mine, virtualKeys.a)).toBe("cancelled")
    expect(await readState(theirs, virtualKeys.b)).toBe("running")
  })

  test("may not ask for another's by the filter of an owner", async () => {
    const { page } = await open("/ui/jobs?owner=b")
    await page.getByText("mock/of-a").waitFor()
    const { status } = await ask(page, "POST", "/v1/async/bulk", { action: "cancel", filter: { owner: "b" } })
    expect([400, 401, 403]).toContain(status)
    expect(await page.getByText("mock/of-b").count()).toBe(0)
  })

  test.each(["/ui/providers", "/ui/keys"])(
    "is told at %s that it is not for this key, and nothing is asked for",
    async (path) => {
      const { page, requested } = await open(path)
      await page.getByText("is only for the admin").waitFor()
      expect(requested.filter((asked) => /providers|virtual-keys/.test(asked) && asked.includes("/v1/"))).toEqual([])
    },
  )
})
