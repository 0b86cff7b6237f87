// What was spent, in a real browser: it is what the jobs say, what is not known is said to be unknown, and budgets tell what is left.
import { afterAll, beforeAll, expect, test } from "bun:test"
import type { Page } from "playwright-core"
import { chat, type Gateway, launch } from "../harness.ts"
import { completion, configFor, startUpstream, type Upstream } from "../upstream.ts"
import {
  describeInBrowser,
  expectSound,
  expectSoundInEveryLook,
  LOOKS_PATIENCE_MS,
  type VisitOptions,
  visit,
} from "./stage.ts"

const TEAM = "sk-bf-spend-team"
const OTHER = "sk-bf-spend-other"
const budgets = { day: { tokens: 5000, cost: 10 } }
const prices = { priced: { input_per_million: 1000, output_per_million: 2000 } }

let upstream: Upstream
let gateway: Gateway
let admin = ""

const cell = (page: Page, row: string, column: string) =>
  page.getByRole("row").filter({ hasText: row }).locator(`td[data-name="${column}"]`)
const all = (page: Page) => page.getByRole("group", { name: "All of it" })

async function open(query = "", options: VisitOptions = { token: admin }) {
  const opened = await visit(`${gateway.url}/ui/spend${query}`, options)
  await all(opened.page).waitFor()
  return opened
}

async function listJobs(): Promise<{ cost_usd: number | null; usage: { total_tokens: number } }[]> {
  const response = await gateway.fetch("/v1/async/jobs?limit=100", { headers: { authorization: `Bearer ${admin}` } })
  return ((await response.json()) as { data: { cost_usd: number | null; usage: { total_tokens: number } }[] }).data
}

describeInBrowser("what was spent", () => {
  // In here, where the hooks have the time of the tests.
  beforeAll(async () => {
    upstream = startUpstream(() =>
      completion("Hi", { usage: { prompt_tokens: 400, completion_tokens: 300, total_tokens: 700 } }),
    )
    gateway = await launch({
      config: {
        ...configFor(upstream, {}, { prices }),
        governance: {
          virtual_keys: [
            { id: "team", name: "team", value: TEAM, budgets },
            { id: "other", name: "other", value: OTHER },
          ],
        },
      },
    })
    admin = await gateway.adminToken()
    for (const [key, model] of [
      [TEAM, "up/priced"],
      [TEAM, "up/priced"],
      [TEAM, "up/unpriced"],
      [OTHER, "up/priced"],
    ] as const) {
      const id = await gateway.accept(chat({ model }), { "x-bf-vk": key })
      await gateway.poll(id, { "x-bf-vk": key, prefer: "wait=30" })
    }
  })
  afterAll(async () => {
    await gateway.dispose()
    await upstream.stop()
  })

  test("is what the jobs say, and what is not known is not taken for nothing", async () => {
    const jobs = await listJobs()
    const cost = jobs.reduce((sum, job) => sum + (job.cost_usd ?? 0), 0)
    const tokens = jobs.reduce((sum, job) => sum + job.usage.total_tokens, 0)
    expect([jobs.length, cost, tokens]).toEqual([4, 3, 2800])
    const opened = await open()
    const { page } = opened
    for (const text of [`$${cost.toFixed(2)}`, "1 call without a known cost", "2,800", "1,600 in, 1,200 out"])
      await all(page).getByText(text, { exact: true }).waitFor()
    expect(await cell(page, "up/priced", "Cost").textContent()).toBe("$3.00")
    expect(await cell(page, "up/unpriced", "Cost").textContent()).toBe("unknown1 call without a known cost")
    await page.getByText("a day with calls of unknown cost").waitFor()
    await expectSound(opened)
  })

  test.each([
    { by: "provider", row: "up", calls: "4" },
    { by: "type", row: "chat completion", calls: "4" },
    { by: "key", row: "up: ", calls: "4" },
    { by: "owner", row: "team", calls: "3" },
    { by: "day", row: new Date().toISOString().slice(0, 10), calls: "4" },
  ])("is summed up by $by", async ({ by, row, calls }) => {
    const { page } = await open(`?by=${by}`)
    await cell(page, row, "Calls").getByText(calls, { exact: true }).waitFor()
  })

  test("of the days in the address alone, which survive a reload and lead to those of one day", async () => {
    const { page } = await open("?from=2026-01-01&to=2026-01-31&show=tokens")
    await page.getByText("No call has ended in these days").waitFor()
    await page.reload()
    await page.getByText("No call has ended in these days").waitFor()
    await page.getByRole("link", { name: "7 days" }).click()
    await cell(page, "up/priced", "Calls").waitFor()
    await page.getByRole("heading", { name: "Tokens by day" }).waitFor()
    await page.getByRole("link", { name: "Day", exact: true }).click()
    await page.getByRole("table", { name: "By day" }).getByRole("link").first().click()
    await cell(page, "up/priced", "Calls").getByText("3").waitFor()
    expect(new URL(page.url()).searchParams.get("from")).toBe(new URL(page.url()).searchParams.get("to"))
  })

  test.each([
    ["?from=yesterday", "are days, as 2026-01-31"],
    ["?from=2026-02-01&to=2026-01-01", "is later than the last one"],
    ["?from=0001-01-01", "more than 400 days"],
  ])("says what is wrong with the days of %s", async (query, message) => {
    const { page } = await visit(`${gateway.url}/ui/spend${query}`, { token: admin })
    await page.getByRole("alert").getByText(message).waitFor()
  })

  test("is shown whatever names stand in the address", async () => {
    const { page } = await open("?show=toString&by=constructor")
    await page.getByRole("heading", { name: "Cost by day" }).waitFor()
    await page.getByRole("table", { name: "By model" }).waitFor()
  })

  test("is a virtual key's own, with what is left of its budgets", async () => {
    const { page } = await open("", { token: TEAM })
    await all(page).getByText("$2.00", { exact: true }).waitFor()
    await page.getByText("What is left of your budget").waitFor()
    await page.getByText("Cost today: $2.00 of $10.00").waitFor()
    await page.getByText("Tokens today: 2,100 of 5,000").waitFor()
    expect(await page.getByRole("link", { name: "Caller" }).count()).toBe(0)
    const other = await open("", { token: OTHER })
    await all(other.page).getByText("$1.00", { exact: true }).waitFor()
    expect(await other.page.getByText("Cost today").count()).toBe(0)
  })

  test(
    "is open to everybody, dark and light, wide and narrow",
    async () => {
      for (const by of ["model", "owner"]) {
        const opened = await open(`?by=${by}`, { token: admin })
        await opened.page.getByRole("table").waitFor()
        await opened.page.getByText("team: Cost today").waitFor()
        await expectSoundInEveryLook(opened)
      }
    },
    LOOKS_PATIENCE_MS,
  )
})
