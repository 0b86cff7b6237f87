// The queues in a real browser: why each lane waits, until when and for which key, and what can be done about it.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { describeCrowded, startCrowded } from "../crowded.ts"
import { chat, type Gateway, type Job, launch } from "../harness.ts"
import type { Upstream } from "../upstream.ts"
import {
  describeInBrowser,
  expectSoundInEveryLook,
  LOOKS_PATIENCE_MS,
  PATIENCE_MS,
  visit,
  waitForTitle,
} from "./stage.ts"

const as = (id: string) => ({ "x-bf-vk": `sk-bf-${id}-of-a-caller` })
const key = (id: string, over: object = {}) => ({ id, name: `team ${id}`, value: as(id)["x-bf-vk"], ...over })

let upstream: Upstream
let gateway: Gateway
let admin: string
beforeAll(async () => {
  upstream = startCrowded(600)
  gateway = await launch({
    config: {
      providers: {
        // Longer than all of these tests: a job that was tried again for the last time would wait no more.
        mock: { network_config: { retry_backoff_initial: 3_600_000, retry_backoff_max: 3_600_000 } },
        up: describeCrowded(upstream),
      },
      governance: { virtual_keys: [key("capped", { max_concurrent_jobs: 1 }), key("free")] },
    },
  })
  admin = await gateway.adminToken()
  const hang = { mock: { hang: true } }
  for (let at = 0; at < 3; at++) await gateway.accept(chat({ model: "up/limited" }), as("free"))
  for (let at = 0; at < 2; at++) await gateway.accept(chat({ model: "up/narrow" }), as("free"))
  await gateway.accept(chat({ model: "mock/retried", mock: { status: 503 } }), as("free"))
  for (let at = 0; at < 2; at++) await gateway.accept(chat({ model: "mock/capped", ...hang }), as("capped"))
  await askUntil((lanes) => lanes.filter(({ place }) => place === "waiting" || place === "later").length === 4)
}, PATIENCE_MS)
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

/** Asked until it is so; the test's own time limit is the limit. */
async function askUntil(isSo: (lanes: Job[]) => boolean): Promise<void> {
  const headers = { authorization: `Bearer ${admin}` }
  while (!isSo(((await (await gateway.fetch("/v1/async/queues", { headers })).json()) as Job).data));
}

describeInBrowser("the queues", () => {
  test(
    "are open to everybody, dark and light, wide and narrow",
    async () => {
      const opened = await visit(`${gateway.url}/ui/queues`, { token: admin })
      await opened.page.getByText("Rate limit of key first").waitFor()
      await waitForTitle(opened.page, "Queues")
      await expectSoundInEveryLook(opened)
    },
    LOOKS_PATIENCE_MS,
  )

  test("say of each lane why it waits: which key, until when, how many of how many", async () => {
    const { page } = await visit(`${gateway.url}/ui/queues`, { token: admin })
    const lane = (model: string) =>
      page
        .getByRole("table", { name: /^Lanes/ })
        .getByRole("row")
        .filter({ hasText: model })
    const limited = lane("up/limited")
    await limited.getByText(/^Rate limit of key first: opens in \d+ min \d\d s$/).waitFor()
    await limited.getByText(/^up answered 429 for limited with key first: .* 60 calls in 60 s; closed until/).waitFor()
    await lane("up/narrow").getByText("Key narrow is full: 1 of 1 in flight").waitFor()
    await lane("mock/retried")
      .getByText(/Not due yet: goes out in (\d+ min \d\d s|1 h 00 min)$/)
      .waitFor()
    await lane("mock/capped").getByText("The virtual key is full: 1 of 1 in flight").waitFor()
    expect(await lane("mock/capped").locator("td[data-name=Owner]").textContent()).toBe("team capped")
    // It counts down by itself.
    const before = await limited.getByText(/^Rate limit/).textContent()
    await page.waitForFunction((text) => !document.body.textContent.includes(text), before ?? "")
    const limit = page.getByRole("table", { name: "Rate limits" }).getByRole("row").filter({ hasText: "up/limited" })
    expect(await limit.textContent()).toMatch(/first.*Closed, opens in.*60 calls in 1 min, one each 1\.00 s$/)
  })

  test("show a virtual key its own lanes alone, and no name of a provider's key", async () => {
    const { page } = await visit(`${gateway.url}/ui/queues`, { token: as("capped")["x-bf-vk"] })
    await page.getByText("1 queued, 1 of at most 1 in flight").waitFor()
    await page.getByText("The virtual key is full").waitFor()
    expect(await page.getByText("up/").count()).toBe(0)
    await page.getByText("No provider has limited the rate of its calls lately.").waitFor()
  })

  test("lead from a lane to its jobs", async () => {
    const { page } = await visit(`${gateway.url}/ui/queues`, { token: admin })
    await page.getByRole("link", { name: "up/limited" }).click()
    await page.getByText("3 jobs").waitFor()
    const { searchParams } = new URL(page.url())
    expect(Object.fromEntries(searchParams)).toEqual({
      state: "queued",
      provider: "up",
      model: "limited",
      priority: "normal",
      owner: "free",
    })
  })

  test("cancel the jobs of a lane, those that are queued and no others", async () => {
    const { page } = await visit(`${gateway.url}/ui/queues`, { token: admin })
    await page.getByRole("button", { name: "Cancel… the jobs of up/narrow" }).click()
    await page.getByRole("button", { name: "Cancel 1 job", exact: true }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByText("Done. 1 job cancelled.").waitFor()
    await dialog.getByRole("button", { name: "Close" }).last().click()
    await page.getByText("Nothing waits: what it has is in flight").waitFor()
  })

  test("of callers' own keys, which look alike, are not cancelled by a filter that finds both", async () => {
    for (const own of ["sk-own-of-one", "sk-own-of-two"])
      await gateway.accept(chat({ model: "up/limited-too" }), { "x-api-key": own })
    await askUntil((lanes) => lanes.filter(({ model, depth }) => model === "limited-too" && depth === 1).length === 2)
    const { page } = await visit(`${gateway.url}/ui/queues`, { token: admin })
    const lanes = page.getByRole("row").filter({ hasText: "up/limited-too" }).filter({ hasText: "a caller's key" })
    await lanes.nth(1).waitFor()
    expect(await lanes.count()).toBe(2)
    expect(await lanes.getByRole("button").count()).toBe(0)
  })

  test("that are empty say what would be there", async () => {
    const alone = await launch()
    const { page } = await visit(`${alone.url}/ui/queues`)
    await page.getByText("Nothing is queued").waitFor()
    await page.getByText("A lane is here as long as it has jobs").waitFor()
    await alone.dispose()
  })
})
