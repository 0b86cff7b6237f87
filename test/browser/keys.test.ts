// Virtual keys in a real browser: the admin makes, changes and deletes them; whoever has one sees what is theirs and nothing else.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Page } from "playwright-core"
import { chat, type Gateway, launch } from "../harness.ts"
import {
  describeInBrowser,
  expectSoundInEveryLook,
  LOOKS_PATIENCE_MS,
  PATIENCE_MS,
  visit,
  waitForTitle,
} from "./stage.ts"

const fixed = {
  id: "vk-fixed",
  name: "fixed",
  value: "sk-bf-of-the-config-file",
  requests_per_minute: 600,
  max_concurrent_jobs: 3,
  budgets: { day: { tokens: 10, cost: 5 }, month: { tokens: 1_000_000 } },
  provider_configs: [{ provider: "mock", allowed_models: ["*"] }],
}

let gateway: Gateway
let admin: string
beforeAll(async () => {
  gateway = await launch({ config: { governance: { virtual_keys: [fixed] } } })
  admin = await gateway.adminToken()
  const answered = await gateway.submit(chat(), { "x-bf-vk": fixed.value, prefer: "wait=60" })
  expect(answered.status).toBe(200)
  await make("an old one", { expires_at: "2020-01-01T00:00:00Z", is_active: true })
}, PATIENCE_MS)
afterAll(() => gateway.dispose())

async function make(name: string, limits: object = {}): Promise<string> {
  const headers = { authorization: `Bearer ${admin}`, "content-type": "application/json" }
  const body = JSON.stringify({ name, ...limits })
  const response = await gateway.fetch("/v1/async/virtual-keys", { method: "POST", headers, body })
  return ((await response.json()) as { value: string }).value
}

const submitWith = async (value: string) => (await gateway.submit(chat(), { "x-bf-vk": value })).status
const rowOf = (page: Page, name: string) => page.getByRole("row").filter({ hasText: name })

describeInBrowser("virtual keys", () => {
  test(
    "are open to everybody, dark and light, wide and narrow",
    async () => {
      const opened = await visit(`${gateway.url}/ui/keys`, { token: admin })
      const { page } = opened
      await page.getByText(/^Tokens today/).waitFor()
      await waitForTitle(page, "Virtual keys")
      await expectSoundInEveryLook(opened)
      await page.getByRole("button", { name: "Make a key…" }).click()
      await page.getByRole("dialog", { name: "Make a virtual key" }).waitFor()
      await expectSoundInEveryLook(opened)
    },
    LOOKS_PATIENCE_MS,
  )

  test("are made, used, switched off and on, and deleted", async () => {
    const { page } = await visit(`${gateway.url}/ui/keys`, { token: admin })
    await page.getByRole("button", { name: "Make a key…" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByLabel("Name").fill("laptop")
    await dialog.getByLabel("Jobs in flight").fill("2")
    await dialog.getByLabel("US dollars in a month").fill("2.5")
    await dialog.getByRole("button", { name: "Make the key" }).click()
    await page.getByRole("heading", { name: "The virtual key laptop is made" }).waitFor()
    const value = (await page.locator("pre.sample").textContent()) ?? ""
    expect(value).toStartWith("sk-bf-")
    const row = rowOf(page, "laptop")
    await row.getByText("2 jobs in flight").waitFor()
    await row.getByText("Cost this month: $0 of $2.50").waitFor()
    expect(await submitWith(value)).toBe(202)

    await page.getByRole("button", { name: "I have stored it" }).click()
    await page.getByText(value).waitFor({ state: "detached" })

    await row.getByRole("button", { name: "Switch off laptop" }).click()
    await row.getByText("Off", { exact: true }).waitFor()
    expect(await submitWith(value)).toBe(403)
    await row.getByRole("button", { name: "Switch on laptop" }).click()
    await row.getByText("On", { exact: true }).waitFor()
    expect(await submitWith(value)).toBe(202)

    await row.getByRole("button", { name: "Delete… laptop" }).click()
    const button = page.getByRole("button", { name: "Delete the key" })
    expect(await button.isDisabled()).toBe(true)
    await page.getByLabel("Type delete to go on").fill("delete")
    await button.click()
    await row.waitFor({ state: "detached" })
    // As Bifrost refuses a key that there is not.
    expect(await submitWith(value)).toBe(400)
  })

  test("are changed in what was typed and in nothing else", async () => {
    const value = await make("changed", { requests_per_minute: 100, budgets: { day: { tokens: 5, cost: 1 } } })
    const { page } = await visit(`${gateway.url}/ui/keys`, { token: admin })
    await page.getByRole("button", { name: "Change… changed" }).click()
    const dialog = page.getByRole("dialog")
    expect(await dialog.getByLabel("Requests in a minute").inputValue()).toBe("100")
    await dialog.getByLabel("Tokens in a day").fill("")
    await dialog.getByLabel("Expires").fill("2031-05-06T07:08")
    const sent = page.waitForRequest((request) => request.method() === "POST")
    await dialog.getByRole("button", { name: "Save" }).click()
    expect((await sent).postDataJSON()).toEqual({
      expires_at: new Date("2031-05-06T07:08").toISOString(),
      budgets: { day: { cost: 1 } },
    })
    await page.getByText("The virtual key changed is changed.").waitFor()
    await rowOf(page, "changed").getByText("100 requests in a minute").waitFor()
    expect(await submitWith(value)).toBe(202)
  })

  test("that cannot be are refused in the words of the gateway, and what was typed stays", async () => {
    const { page } = await visit(`${gateway.url}/ui/keys`, { token: admin })
    await page.getByRole("button", { name: "Make a key…" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByLabel("Name").fill("fixed")
    await dialog.getByLabel("Requests in a minute").fill("many")
    const submit = dialog.getByRole("button", { name: "Make the key" })
    await submit.click()
    await dialog.getByRole("alert").getByText('there is a virtual key named "fixed" already').waitFor()
    await dialog.getByLabel("Name").fill("another")
    await submit.click()
    await dialog.getByRole("alert").getByText("must be a whole number from 1 to 100000").waitFor()
    expect(await dialog.getByLabel("Requests in a minute").inputValue()).toBe("many")
  })

  test("of config.json are read only, and say where they are changed", async () => {
    const { page } = await visit(`${gateway.url}/ui/keys`, { token: admin })
    const row = rowOf(page, "fixed")
    await row.getByText("in config.json: read only").waitFor()
    expect(await row.getByRole("button").count()).toBe(0)
    await page.getByText("Keys of config.json are changed there, under governance.virtual_keys.").waitFor()
    await rowOf(page, "an old one").getByText("Expired").waitFor()
  })

  describe("whoever has one", () => {
    test(
      "sees its limits, dark and light, wide and narrow",
      async () => {
        const opened = await visit(`${gateway.url}/ui/limits`, { token: fixed.value })
        const { page } = opened
        await page.getByText(/^Tokens today: \d+ of 10$/).waitFor()
        await page.getByText("at most 600").waitFor()
        await page.getByText("0 now, at most 3").waitFor()
        await page.getByText("used up").waitFor()
        await expectSoundInEveryLook(opened)
      },
      LOOKS_PATIENCE_MS,
    )

    test("finds no screen in the navigation that is not for it, and a plain sentence at its address", async () => {
      const { page, complaints } = await visit(`${gateway.url}/ui/queues`, { token: fixed.value })
      const navigation = page.getByRole("navigation", { name: "Screens" })
      await navigation.getByRole("link", { name: "My limits" }).waitFor()
      const links = await navigation.getByRole("link").allTextContents()
      expect(links).not.toContain("Overview")
      expect(links).not.toContain("Providers")
      expect(links).not.toContain("Virtual keys")
      for (const [path, title] of [
        ["providers", "Providers"],
        ["keys", "Virtual keys"],
      ]) {
        await page.goto(`${gateway.url}/ui/${path}`)
        await page.getByText(`${title} is only for the admin`).waitFor()
        await page.getByText("The admin token shows it.").waitFor()
      }
      expect(complaints).toEqual([])
    })

    test("has a screen that the admin has not", async () => {
      const { page } = await visit(`${gateway.url}/ui/limits`, { token: admin })
      await page.getByText("My limits is only for virtual keys").waitFor()
      expect(await page.getByRole("link", { name: "My limits" }).count()).toBe(0)
    })
  })
})
