// One action for all jobs of a filter, in a real browser: exactly those, counted first, with progress, and stopped where the reader says.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { chat, type Gateway, type Job, launch } from "../harness.ts"
import { describeInBrowser, expectSound, PATIENCE_MS, visit } from "./stage.ts"

/** `BULK_JOBS=10000` takes half a minute more. */
const JOBS = Number(process.env["BULK_JOBS"] ?? 500)

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch()
}, PATIENCE_MS)
afterAll(() => gateway.dispose())

async function submit(model: string, count: number, mock: object): Promise<string[]> {
  const ids: string[] = []
  for (let at = 0; at < count; at += 1) ids.push(await gateway.accept(chat({ model: `mock/${model}`, mock })))
  return ids
}

async function fail(model: string, count: number): Promise<void> {
  for (const id of await submit(model, count, { status: 400 })) await gateway.end(id)
}

async function submitAll(model: string, count: number, mock: object): Promise<void> {
  for (let done = 0; done < count; done += 50) {
    await Promise.all(Array.from({ length: Math.min(50, count - done) }, () => submit(model, 1, mock)))
  }
}

const countOf = (filter: object): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ action: "delete", filter, count_only: true }),
})

async function count(query: string): Promise<number> {
  const page = (await (await gateway.fetch(`/v1/async/jobs?limit=100&${query}`)).json()) as Job
  return page.data.length
}

const UNFINISHED = "state=running"

describeInBrowser("an action for all that match", () => {
  test("says how many and which, and cancels those and no others", async () => {
    await submit("wanted", 12, { hang: true })
    await submit("other", 5, { hang: true })
    while ((await count(`model=wanted&${UNFINISHED}`)) < 12 || (await count(`model=other&${UNFINISHED}`)) < 5);
    const opened = await visit(`${gateway.url}/ui/jobs?model=wanted&${UNFINISHED}`)
    const { page } = opened
    await page.getByText("12 jobs").waitFor()
    await page.getByRole("button", { name: "Cancel all…" }).click()
    const dialog = page.getByRole("dialog", { name: "Cancel 12 jobs" })
    await dialog.getByText("model = wanted").waitFor()
    await dialog.getByText("state = running").waitFor()
    await expectSound(opened)
    await dialog.getByRole("button", { name: "Cancel 12 jobs" }).click()
    await dialog.getByText("Done. 12 jobs cancelled.").waitFor()
    await dialog.getByRole("button", { name: "Close" }).last().click()
    await page.getByText("No job matches").waitFor()
    expect(await count(`model=wanted&${UNFINISHED}`)).toBe(0)
    expect(await count(`model=other&${UNFINISHED}`)).toBe(5)
  })

  test("makes a new job of each that failed", async () => {
    await fail("failed", 3)
    const { page } = await visit(`${gateway.url}/ui/jobs?model=failed&state=failed`)
    await page.getByText("3 jobs").waitFor()
    await page.getByRole("button", { name: "Retry all…" }).click()
    const button = page.getByRole("button", { name: "Retry 3 jobs" })
    await button.and(page.locator(":enabled")).waitFor()
    // Twice, before the gateway can have answered.
    await button.evaluate((each: HTMLElement) => {
      each.click()
      each.click()
    })
    await page.getByText("Done. 3 jobs made again.").waitFor()
    expect(await count("model=failed")).toBe(6)
  })

  test("leaves alone what was chosen in another list", async () => {
    await fail("seen", 2)
    await fail("unseen", 2)
    const { page } = await visit(`${gateway.url}/ui/jobs?model=unseen`)
    await page.getByLabel("Choose all rows of this page").check()
    await page.getByRole("button", { name: "Delete 2…" }).waitFor()
    await page.getByLabel("Search and filter").fill("model:seen")
    await page.keyboard.press("Enter")
    await page.getByText("mock/seen").first().waitFor()
    await page.getByRole("button", { name: "Delete all…" }).click()
    await page.getByRole("dialog").getByText("model = seen").waitFor()
    await page.getByRole("button", { name: "Delete 2 jobs" }).click()
    await page.getByText("Done. 2 jobs deleted.").waitFor()
    expect([await count("model=seen"), await count("model=unseen")]).toEqual([0, 2])
  })

  test("without a filter wants a word, and deletes everything", async () => {
    const { page } = await visit(`${gateway.url}/ui/jobs`)
    await page.getByRole("button", { name: "Delete all…" }).click()
    await page.getByText("All jobs that you can see, without any filter.").waitFor()
    const button = page.getByRole("button", { name: /^Delete [\d,]+ jobs$/ })
    expect(await button.isDisabled()).toBe(true)
    await page.getByLabel("Type delete to go on").fill("delete")
    await button.click()
    await page.getByText(/^Done\. \d+ jobs deleted/).waitFor()
    expect(await count("")).toBe(0)
  })

  test("that nothing matches does nothing", async () => {
    const { page } = await visit(`${gateway.url}/ui/jobs?model=nobody`)
    await page.getByRole("button", { name: "Cancel all…" }).click()
    const dialog = page.getByRole("dialog", { name: "Cancel 0 jobs" })
    await dialog.getByText("No job matches.").waitFor()
    expect(await dialog.getByRole("button", { name: "Cancel 0 jobs" }).isDisabled()).toBe(true)
  })

  // The last one, because those that arrive late go on hanging.
  test("cancels exactly those of the filter at that moment, while others arrive", async () => {
    await submitAll("aimed", JOBS, { hang: true })
    await submitAll("near", 20, { hang: true })
    const { page } = await visit(`${gateway.url}/ui/jobs?model=aimed`)
    await page.getByRole("button", { name: "Cancel all…" }).click()
    const name = `Cancel ${JOBS.toLocaleString("en-US")} jobs`
    const dialog = page.getByRole("dialog", { name })
    await dialog.getByRole("button", { name }).waitFor()
    let isOver = false
    const late: string[] = []
    const arrive = async () => {
      while (!isOver) late.push(await gateway.accept(chat({ model: "mock/aimed", mock: { hang: true } })))
    }
    const arriving = arrive()
    await dialog.getByRole("button", { name }).click()
    await dialog.getByText(/^Done\./).waitFor({ timeout: 120_000 })
    isOver = true
    await arriving
    // Those that came between the count and the click are of the filter too.
    const [operation] = ((await (await gateway.fetch("/v1/async/bulk")).json()) as Job).data as Job[]
    const counted = async (filter: object) =>
      ((await (await gateway.fetch("/v1/async/bulk", countOf(filter))).json()) as Job).count as number
    expect(operation).toMatchObject({ action: "cancel", status: "completed", filter: { model: "aimed" } })
    expect(await counted({ model: "aimed", state: "cancelled" })).toBe(operation.total)
    // All others are queued or run, and go from the one to the other meanwhile.
    expect(await counted({ model: "aimed" })).toBe(JOBS + late.length)
    for (const state of ["succeeded", "failed"]) expect(await counted({ model: "aimed", state })).toBe(0)
    expect(operation.total).toBeGreaterThanOrEqual(JOBS)
    expect(await counted({ model: "near", state: "cancelled" })).toBe(0)
    // Each that came after that moment runs on, each before it has ended.
    for (const id of [late[0] ?? "", late.at(-1) ?? ""]) {
      const job = (await (await gateway.fetch(`/v1/async/jobs/${id}`)).json()) as Job
      expect(job.state === "cancelled").toBe(job.created_at < operation.created_before)
    }
  }, 240_000)
})
