// The overview in a real browser: what it draws can be seen, and what it says is so.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { chat, type Gateway, launch } from "../harness.ts"
import { describeInBrowser, PATIENCE_MS, visit } from "./stage.ts"

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch()
}, PATIENCE_MS)
afterAll(() => gateway.dispose())

const tile = (name: string) => `.tile:has(.tile-name:text-is("${name}")) .tile-value`

describeInBrowser("the overview", () => {
  test("draws all of its ten minutes, and a second that stands alone as a dot that can be seen", async () => {
    await gateway.end(await gateway.accept(chat()))
    const { page } = await visit(`${gateway.url}/ui`)
    await page.getByText("10 min ago").first().waitFor()
    const dots = page.locator("path.dots").first()
    await dots.waitFor({ state: "attached" })
    expect(await dots.evaluate((path) => Number.parseFloat(getComputedStyle(path).strokeWidth))).toBeGreaterThanOrEqual(
      4,
    )
  })

  test("counts what is under way as it changes", async () => {
    const { page } = await visit(`${gateway.url}/ui`)
    await page.getByRole("button", { name: "Live", exact: true }).waitFor()
    const id = await gateway.accept(chat({ mock: { hang: true } }))
    await page.locator(tile("Running")).getByText("1", { exact: true }).waitFor()
    await gateway.fetch(`/v1/async/jobs/${id}/cancel`, { method: "POST" })
    await page.locator(tile("Running")).getByText("0", { exact: true }).waitFor()
  })

  test("leads from a number to the jobs that it counts, and from ten minutes to a day", async () => {
    const { page } = await visit(`${gateway.url}/ui`)
    await page.getByRole("link", { name: "24 hours" }).click()
    await page.waitForURL("**/ui?window=24h")
    await page.reload()
    await page.getByText("Last clean-up").waitFor()
    expect(await page.getByRole("link", { name: "24 hours" }).getAttribute("aria-current")).not.toBeNull()
    await page.locator(".tile", { hasText: "Running" }).click()
    await page.waitForURL("**/ui/jobs?state=running")
  })
})
