// The list of jobs in a real browser: its filters are its address, and it can be worked with the keyboard alone.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Page } from "playwright-core"
import { chat, type Gateway, type Job, launch } from "../harness.ts"
import { describeInBrowser, expectSound, PATIENCE_MS, visit } from "./stage.ts"

const MARKUP = "<img src=x onerror=alert(1)>"

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch()
  for (const model of ["mock/first", "mock/second", `mock/${MARKUP}`])
    await gateway.end(await gateway.accept(chat({ model })))
  await gateway.end(await gateway.accept(chat({ model: "mock/broken", mock: { status: 400 } })))
}, PATIENCE_MS)
afterAll(() => gateway.dispose())

const readModels = (page: Page) => page.locator("td[data-name=Model]").allTextContents()

async function openList(query = ""): Promise<Awaited<ReturnType<typeof visit>>> {
  const opened = await visit(`${gateway.url}/ui/jobs${query}`)
  await opened.page.getByRole("table").or(opened.page.getByText("No job matches")).waitFor()
  return opened
}

describeInBrowser("the list of jobs", () => {
  describe("the filters of the list", () => {
    test("are typed as words, are the address, and outlive a reload and the way back", async () => {
      const { page } = await openList()
      await page.keyboard.press("/")
      await page.keyboard.type("model:second type:chat_completion")
      await page.keyboard.press("Enter")
      await page.waitForURL("**/ui/jobs?model=second&type=chat_completion")
      await page.getByText("1 job").waitFor()
      expect(await readModels(page)).toEqual(["mock/second"])
      await page.reload()
      await page.getByText("1 job").waitFor()
      expect(await readModels(page)).toEqual(["mock/second"])
      await page.getByRole("link", { name: "Remove the filter model second" }).click()
      await page.getByText("4 jobs").waitFor()
      await page.goBack()
      await page.getByText("1 job").waitFor()
      expect(new URL(page.url()).search).toBe("?model=second&type=chat_completion")
    })

    test("are fields too, and one that is not known is answered with those that are", async () => {
      const { page } = await openList()
      await page.getByRole("button", { name: "Filters" }).click()
      await page.getByLabel("Provider").fill("nobody")
      await page.getByLabel("Provider").press("Enter")
      await page.getByText("No job matches").waitFor()
      await page.getByLabel("Search and filter").fill("colour:red")
      await page.keyboard.press("Enter")
      await page.getByText('There is no filter "colour": use state, type, provider').waitFor()
      await page.getByLabel("Search and filter").fill("priority:urgent")
      await page.keyboard.press("Enter")
      await page.getByText("priority is one of low, normal, high").waitFor()
    })

    test("find a job by its id, by the beginning of one and by the id of its request, and follow it", async () => {
      const id = await gateway.accept(chat({ model: "mock/sought", mock: { hang: true } }), {
        "x-request-id": "asked-1",
      })
      for (const words of [id, id.slice(0, 23), "asked-1"]) {
        const { page, complaints } = await openList()
        await page.getByLabel("Search and filter").fill(words)
        await page.keyboard.press("Enter")
        await page.getByText("1 job", { exact: true }).waitFor()
        await page.locator(`tr[data-key="${id}"]`).waitFor()
        await page.getByRole("button", { name: "Live", exact: true }).waitFor()
        expect(complaints).toEqual([])
      }
      await gateway.fetch(`/v1/async/jobs/${id}/cancel`, { method: "POST" })
    })

    test("find a job by the Idempotency-Key that it was made with", async () => {
      const id = await gateway.accept(chat(), { "idempotency-key": "order 7" })
      await gateway.end(id)
      const { page } = await openList()
      await page.getByLabel("Search and filter").fill('idempotency_key:"order 7"')
      await page.keyboard.press("Enter")
      await page.getByText("1 job", { exact: true }).waitFor()
      await page.locator(`tr[data-key="${id}"]`).waitFor()
      await page.getByText("idempotency-key order 7").waitFor()
    })

    test("that the gateway refuses are explained in its words", async () => {
      const { page } = await visit(`${gateway.url}/ui/jobs?created_before=yesterday`)
      await page.getByRole("alert").getByText("created_before must be a time").waitFor()
    })
  })

  describe("the list", () => {
    test("is one request, and shows what callers wrote as text", async () => {
      const { page, requested, complaints } = await openList()
      await page.getByText(MARKUP).waitFor()
      expect(await page.locator("main img").count()).toBe(0)
      expect(requested.filter((asked) => asked.startsWith("GET /v1/async/jobs")).length).toBeLessThanOrEqual(2)
      expect(complaints).toEqual([])
    })

    test("is walked, chosen from and cancelled in with the keyboard alone", async () => {
      const id = await gateway.accept(chat({ model: "mock/hangs", mock: { hang: true } }))
      const { page } = await openList()
      await page.keyboard.press("j")
      await page.keyboard.press("j")
      await page.keyboard.press("k")
      const row = page.locator(`tr[data-key="${id}"]`)
      expect(await row.locator("a").evaluate((link) => link === document.activeElement)).toBe(true)
      await page.keyboard.press("x")
      await page.getByText(/^1 chosen of \d+$/).waitFor()
      await page.keyboard.press("x")
      await page.keyboard.press("c")
      await page.getByRole("dialog", { name: "Cancel this job?" }).waitFor()
      await page.getByRole("button", { name: "Cancel the job" }).press("Enter")
      await page.getByText("The job is cancelled.").waitFor()
      expect((await gateway.end(id)).status).toBe("failed")
    })

    test("retries with the keyboard: a new job of the same request, which the message leads to", async () => {
      const id = await gateway.accept(chat({ model: "mock/again", mock: { status: 400 } }))
      await gateway.end(id)
      const { page } = await openList("?model=again")
      await page.keyboard.press("j")
      await page.keyboard.press("r")
      const dialog = page.getByRole("dialog", { name: "Run this job again?" })
      await dialog.getByText("its calls cost again").waitFor()
      await dialog.getByRole("button", { name: "Run it again" }).click()
      const made = await page.getByText("A new job is made of it.").locator("..").getByRole("link").getAttribute("href")
      const madeId = made?.split("/").at(-1) ?? ""
      const job = (await (await gateway.fetch(`/v1/async/jobs/${madeId}`)).json()) as Job
      expect(job).toMatchObject({ origin_id: id, model: "again" })
      await page.locator(`tr[data-key="${madeId}"]`).waitFor()
    })

    test("cancels those that are chosen, and no other", async () => {
      const hang = () => gateway.accept(chat({ model: "mock/chosen", mock: { hang: true } }))
      const ids = [await hang(), await hang(), await hang()]
      const { page } = await openList("?model=chosen")
      for (const id of ids.slice(0, 2)) await page.getByRole("checkbox", { name: `Choose ${id}` }).check()
      await page.getByRole("button", { name: "Cancel 2…" }).click()
      await page.getByRole("button", { name: "Cancel 2 jobs" }).click()
      await page.getByText("2 jobs cancelled").waitFor()
      await page.getByRole("button", { name: "Close" }).last().click()
      for (const id of ids.slice(0, 2)) expect((await gateway.end(id)).status).toBe("failed")
      expect((await gateway.poll(ids[2] ?? "")).status).toBe(202)
    })

    test("goes to older jobs and back to the newest", async () => {
      for (let count = 0; count < 102; count += 1) await gateway.accept(chat({ model: "mock/many" }))
      const { page } = await openList("?model=many")
      await page.getByText("100 jobs, and more").waitFor()
      await page.getByRole("link", { name: "Older" }).click()
      await page.getByText("2 jobs").waitFor()
      await page.getByRole("link", { name: "Newest" }).click()
      await page.getByText("100 jobs, and more").waitFor()
    })
  })

  describe("the keys", () => {
    test("are listed by ? and can be switched off", async () => {
      const opened = await openList()
      const { page } = opened
      await page.keyboard.press("?")
      const help = page.getByRole("dialog", { name: "Keys" })
      for (const does of ["Search and filter", "Next row", "Overview", "Change the theme"])
        await help.getByText(does).waitFor()
      await expectSound(opened)
      await help.getByLabel("These keys work").uncheck()
      await page.keyboard.press("Escape")
      await help.waitFor({ state: "detached" })
      await page.keyboard.press("g")
      await page.keyboard.press("o")
      expect(await page.evaluate(() => location.pathname)).toBe("/ui/jobs")
    })

    test("lead to the screens, and change the theme, which stays", async () => {
      const { page } = await visit("about:blank")
      await page.clock.install()
      await page.goto(`${gateway.url}/ui/jobs`)
      await page.getByRole("table").waitFor()
      await page.keyboard.press("t")
      expect(await page.locator("html").getAttribute("data-theme")).toBe("light")
      await page.keyboard.press("t")
      expect(await page.locator("html").getAttribute("data-theme")).toBe("dark")
      // The second key counts for a second and a half, which a busy machine may take from one to the other.
      await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 30_000)
      await page.keyboard.press("g")
      await page.keyboard.press("o")
      await page.clock.resume()
      await page.getByRole("heading", { name: "Overview" }).waitFor()
      await page.reload()
      await page.getByRole("heading", { name: "Overview" }).waitFor()
      expect(await page.locator("html").getAttribute("data-theme")).toBe("dark")
    })
  })
})
