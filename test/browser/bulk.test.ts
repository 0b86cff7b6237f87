// One action for all jobs of a filter, in a real browser: exactly those, counted first, with progress, and stopped where the reader says.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { chat, type Gateway, type Job, launch } from "../harness.ts"
import { describeInBrowser, expectSound, visit } from "./stage.ts"

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch()
})
afterAll(() => gateway.dispose())

async function submit(model: string, count: number, mock: object): Promise<void> {
  for (let at = 0; at < count; at += 1) await gateway.accept(chat({ model: `mock/${model}`, mock }))
}

async function count(query: string): Promise<number> {
  const page = (await (await gateway.fetch(`/v1/async/jobs?limit=100&${query}`)).json()) as Job
  return page.data.length
}

const UNFINISHED = "state=running"

describeInBrowser("an action for all that match", () => {
  test("says how many and which, and cancels those and no others", async () => {
    await submit("wanted", 12, { hang: true })
    await submit("other", 5, { hang: true })
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
    await submit("failed", 3, { status: 400 })
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
    await submit("seen", 2, { status: 400 })
    await submit("unseen", 2, { status: 400 })
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
})
