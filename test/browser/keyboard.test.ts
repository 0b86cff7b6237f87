// The dashboard without a mouse: from the sign-in to a job that is cancelled, with the focus where it is looked for.
import { afterAll, beforeAll, expect, test } from "bun:test"
import type { Page } from "playwright-core"
import type { Job } from "../harness.ts"
import { openWire, virtualKeys, type Wire } from "../wire/gateway.ts"
import { findType } from "../wire/types.ts"
import { describeInBrowser, PATIENCE_MS, visit } from "./stage.ts"

const chat = findType("chat_completion")

let wire: Wire
beforeAll(async () => {
  wire = await openWire()
}, PATIENCE_MS)
afterAll(() => wire.dispose())

/** What has the focus, in the words that a reader hears. */
const readFocus = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "")

/** Goes on by Tab until that has the focus. */
async function tabTo(page: Page, words: RegExp): Promise<void> {
  for (let count = 0; count < 60; count += 1) {
    if (words.test(await readFocus(page))) return
    await page.keyboard.press("Tab")
  }
  throw new Error(`Tab never comes to ${words}`)
}

describeInBrowser("with the keyboard alone", () => {
  test("a reader signs in, finds a job, opens it and cancels it", async () => {
    const { id } = await wire.accept(chat, { model: "mock/wanted", mock: { hang: true } }, { "x-bf-vk": virtualKeys.a })
    await wire.accept(chat, { model: "mock/other" }, { "x-bf-vk": virtualKeys.a })
    const { page, complaints } = await visit(`${wire.url}/ui`)
    await page.getByRole("heading", { name: "Sign in" }).waitFor()
    await page.keyboard.type(virtualKeys.a)
    await page.keyboard.press("Enter")
    await page.getByText("mock/wanted").waitFor()
    await page.keyboard.press("/")
    await page.keyboard.type("model:wanted")
    await page.keyboard.press("Enter")
    await page.getByText("1 job", { exact: true }).waitFor()
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.waitForURL(`**/ui/jobs/${id}?model=wanted`)
    await page.getByRole("region", { name: "Facts" }).waitFor()
    await page.keyboard.press("c")
    await page.getByRole("dialog", { name: "Cancel this job?" }).waitFor()
    await tabTo(page, /^Cancel the job$/)
    await page.keyboard.press("Enter")
    await page.getByRole("region", { name: "Facts" }).getByText("cancelled").waitFor()
    const job = await (await wire.fetch(`/v1/async/jobs/${id}`, { headers: { "x-bf-vk": virtualKeys.a } })).json()
    expect((job as Job).state).toBe("cancelled")
    await page.keyboard.press("u")
    await page.waitForURL("**/ui/jobs?model=wanted")
    expect(complaints).toEqual([])
  })

  test("the first Tab leads past the navigation", async () => {
    const { page } = await visit(`${wire.url}/ui/jobs`, { token: virtualKeys.a })
    await page.getByText("mock/other").waitFor()
    await page.keyboard.press("Tab")
    expect(await readFocus(page)).toBe("Skip to the content")
    await page.keyboard.press("Enter")
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("content")
  })

  test("a dialog keeps the focus, and gives it back to what opened it", async () => {
    const { page } = await visit(`${wire.url}/ui/jobs`, { token: virtualKeys.a })
    await page.getByText("mock/other").waitFor()
    await tabTo(page, /^Delete all…$/)
    await page.keyboard.press("Enter")
    const dialog = page.getByRole("dialog")
    await dialog.waitFor()
    for (let count = 0; count < 12; count += 1) {
      await page.keyboard.press("Tab")
      const isInside = await page.evaluate(
        () => document.activeElement === document.body || document.activeElement?.closest("dialog") !== null,
      )
      expect(isInside).toBe(true)
    }
    await page.keyboard.press("Escape")
    await dialog.waitFor({ state: "detached" })
    expect(await readFocus(page)).toBe("Delete all…")
  })

  test("the row in focus keeps it while jobs come and change", async () => {
    const { id } = await wire.accept(chat, { model: "mock/kept", mock: { hang: true } }, { "x-bf-vk": virtualKeys.a })
    const { page } = await visit(`${wire.url}/ui/jobs?model=kept`, { token: virtualKeys.a })
    await page.getByRole("button", { name: "Live", exact: true }).waitFor()
    await page.locator(`tr[data-key="${id}"]`).waitFor()
    await page.keyboard.press("j")
    const later = await wire.accept(chat, { model: "mock/kept", mock: { hang: true } }, { "x-bf-vk": virtualKeys.a })
    await page.locator(`tr[data-key="${later.id}"]`).waitFor()
    await wire.fetch(`/v1/async/jobs/${id}/cancel`, { method: "POST", headers: { "x-bf-vk": virtualKeys.a } })
    const row = page.locator(`tr[data-key="${id}"]`)
    await row.getByText("cancelled", { exact: true }).waitFor()
    expect(await row.locator("a").evaluate((link) => link === document.activeElement)).toBe(true)
  })
})
