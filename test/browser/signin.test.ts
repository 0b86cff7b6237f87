// Who reads the dashboard, and with which key: it is in the tab alone, and the page shows what it may see.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Page } from "playwright-core"
import { run } from "../harness.ts"
import { openWire, virtualKeys, type Wire } from "../wire/gateway.ts"
import { findType } from "../wire/types.ts"
import { describeInBrowser, expectSoundInEveryLook, LOOKS_PATIENCE_MS, PATIENCE_MS, visit } from "./stage.ts"

const chat = findType("chat_completion")

let wire: Wire
let admin = ""
beforeAll(async () => {
  wire = await openWire()
  admin = await wire.own.adminToken()
  await wire.end(chat, (await wire.accept(chat, { model: "mock/of-a" }, { "x-bf-vk": virtualKeys.a })).id, {
    "x-bf-vk": virtualKeys.a,
  })
  await wire.end(chat, (await wire.accept(chat, { model: "mock/of-b" }, { "x-bf-vk": virtualKeys.b })).id, {
    "x-bf-vk": virtualKeys.b,
  })
}, PATIENCE_MS)
afterAll(() => wire.dispose())

async function enter(page: Page, key: string): Promise<void> {
  await page.getByLabel("Admin token or virtual key").fill(key)
  await page.getByRole("button", { name: "Sign in" }).click()
}

describeInBrowser("who reads the dashboard", () => {
  describe("a stranger", () => {
    test(
      "is asked for a key, dark and light, wide and narrow",
      async () => {
        const opened = await visit(`${wire.url}/ui/jobs`)
        await opened.page.getByRole("heading", { name: "Sign in" }).waitFor()
        await expectSoundInEveryLook(opened)
        // Nothing but who they are was asked for.
        expect(opened.requested.filter((asked) => asked.includes("/v1/"))).toEqual(["GET /v1/async/me"])
      },
      LOOKS_PATIENCE_MS,
    )

    test("is told what is wrong with a key that is none, and gets in with one that is", async () => {
      const { page } = await visit(`${wire.url}/ui/jobs`)
      await enter(page, "sk-bf-of-nobody-at-all")
      await page.getByRole("alert").getByText("virtual key not found").waitFor()
      await enter(page, "a-token-that-is-no-admin's")
      await page.getByRole("alert").getByText("The gateway knows no such key").waitFor()
      await enter(page, virtualKeys.a)
      await page.getByText("mock/of-a").waitFor()
      expect(page.url()).toBe(`${wire.url}/ui/jobs`)
    })
  })

  describe("a virtual key", () => {
    test("shows its own jobs alone, and no screen that it may not use", async () => {
      const { page } = await visit(`${wire.url}/ui`, { token: virtualKeys.a })
      await page.getByText("mock/of-a").waitFor()
      expect(page.url()).toBe(`${wire.url}/ui/jobs`)
      expect(await page.getByText("mock/of-b").count()).toBe(0)
      expect(await page.getByRole("link", { name: "Overview" }).count()).toBe(0)
      expect(await page.getByRole("columnheader", { name: "Owner" }).count()).toBe(0)
    })

    test("that is revoked while the page is open leads back to the sign-in", async () => {
      const { dir } = wire.own
      const made = await run(["vk", "create", "for a while", "--app-dir", dir])
      const { page } = await visit(`${wire.url}/ui/jobs`, { token: made.stdout.trim() })
      await page.getByText("There are no jobs yet").waitFor()
      expect((await run(["vk", "revoke", "for a while", "--app-dir", dir])).code).toBe(0)
      const headers = { "x-bf-vk": made.stdout.trim() }
      while ((await wire.fetch("/v1/async/jobs", { headers })).ok);
      const signIn = page.getByRole("heading", { name: "Sign in" })
      // The stream may have told it already.
      await page.getByRole("link", { name: "Failed" }).or(signIn).click()
      await signIn.waitFor()
      await page.getByRole("alert").getByText("virtual key not found").waitFor()
      expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
    })
  })

  test(
    "the admin sees everybody's jobs and whose each is, wide and narrow",
    async () => {
      const opened = await visit(`${wire.url}/ui/jobs`, { token: admin })
      for (const [model, owner] of [
        ["mock/of-a", "a"],
        ["mock/of-b", "b"],
      ] as const) {
        const row = opened.page.getByRole("row").filter({ hasText: model })
        expect(await row.locator("td[data-name=Owner]").textContent()).toBe(owner)
      }
      await expectSoundInEveryLook(opened)
    },
    LOOKS_PATIENCE_MS,
  )

  describe("the key", () => {
    test("comes by the fragment, is wiped from the address, and is in no other place than the tab and a header", async () => {
      const { page, context, requested, complaints } = await visit(`${wire.url}/ui/jobs?type=chat_completion`, {
        token: admin,
      })
      await page.getByText("mock/of-b").waitFor()
      expect(page.url()).toBe(`${wire.url}/ui/jobs?type=chat_completion`)
      expect(requested.join(" ")).not.toContain(admin)
      expect(await context.cookies()).toEqual([])
      const kept = await page.evaluate(() => ({ ...localStorage, body: document.documentElement.outerHTML }))
      expect(JSON.stringify(kept)).not.toContain(admin)
      await page.reload()
      await page.getByText("mock/of-b").waitFor()
      // Another tab has not been signed in.
      const other = await visit(`${wire.url}/ui`, { context })
      await other.page.getByRole("heading", { name: "Sign in" }).waitFor()
      expect(complaints).toEqual([])
    })

    test("comes by the fragment to a page that is open already, too", async () => {
      const { page } = await visit(`${wire.url}/ui/jobs`, { token: virtualKeys.a })
      await page.getByText("mock/of-a").waitFor()
      await page.evaluate((key) => {
        location.hash = `token=${key}`
      }, virtualKeys.b)
      await page.getByText("mock/of-b").waitFor()
      expect(page.url()).toBe(`${wire.url}/ui/jobs`)
      expect(await page.getByText("mock/of-a").count()).toBe(0)
    })

    test("is forgotten with all that was read with it: the next reader is not told how many jobs others have", async () => {
      const id = (await wire.accept(chat, { model: "mock/hangs", mock: { hang: true } }, { "x-bf-vk": virtualKeys.b }))
        .id
      const { page } = await visit(`${wire.url}/ui/jobs`, { token: admin })
      await page.getByRole("link", { name: "Running 1" }).waitFor()
      await page.getByRole("button", { name: /Sign out/ }).click()
      await enter(page, virtualKeys.a)
      await page.getByText("mock/of-a").waitFor()
      await page.getByRole("button", { name: "Live", exact: true }).waitFor()
      expect(await page.getByRole("link", { name: /^Running/ }).textContent()).toBe("Running")
      await wire.fetch(`/v1/async/jobs/${id}/cancel`, { method: "POST", headers: { "x-bf-vk": virtualKeys.b } })
    })

    test("is forgotten by signing out", async () => {
      const { page } = await visit(`${wire.url}/ui/jobs`, { token: admin })
      await page.getByRole("button", { name: /Sign out/ }).click()
      await page.getByRole("heading", { name: "Sign in" }).waitFor()
      expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
      await page.reload()
      await page.getByRole("heading", { name: "Sign in" }).waitFor()
    })
  })
})
