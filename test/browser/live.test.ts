// The dashboard follows what happens: by one stream for all tabs of a browser, with the filter of the list, and not while it is hidden.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { chat, type Gateway, launch } from "../harness.ts"
import { describeInBrowser, PATIENCE_MS, setVisible, type Visit, visit } from "./stage.ts"

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch()
}, PATIENCE_MS)
afterAll(() => gateway.dispose())

const submit = (model: string, mock: object = {}) => gateway.accept(chat({ model: `mock/${model}`, mock }))

async function openLive(path: string, options: Parameters<typeof visit>[1] = {}): Promise<Visit> {
  const opened = await visit(gateway.url + path, options)
  await opened.page.getByRole("button", { name: "Live", exact: true }).waitFor()
  return opened
}

const countStreams = (visits: Visit[]) =>
  visits.flatMap(({ requested }) => requested.filter((asked) => asked.includes("/v1/async/events"))).length

describeInBrowser("what happens", () => {
  describe("in the list", () => {
    test("is seen as it happens: a job comes, runs and ends", async () => {
      const { page, complaints } = await openLive("/ui/jobs?model=comes")
      await page.getByText("No job matches").waitFor()
      const id = await submit("comes", { hang: true })
      const row = page.locator(`tr[data-key="${id}"]`)
      await row.getByText("running").waitFor()
      await gateway.fetch(`/v1/async/jobs/${id}/cancel`, { method: "POST" })
      await row.getByText("job_cancelled").waitFor()
      expect(complaints).toEqual([])
    })

    test("is shown as it has ended once a crowd of changes is over", async () => {
      const { page, complaints } = await openLive("/ui/jobs?model=crowd")
      await page.getByText("No job matches").waitFor()
      const ids = await Promise.all(Array.from({ length: 300 }, () => submit("crowd")))
      for (const id of ids) await gateway.end(id)
      const newest = ids.sort().at(-1)
      await page.locator(`tr[data-key="${newest}"]`).waitFor()
      const rows = (state: string) => page.locator("tbody tr").filter({ hasText: state })
      for (const state of ["queued", "running"]) await rows(state).first().waitFor({ state: "detached" })
      expect(await rows("succeeded").count()).toBe(100)
      expect(complaints).toEqual([])
    })

    test("is what the filter lets through, and nothing else is read", async () => {
      const { page, requested } = await openLive("/ui/jobs?model=wanted")
      await page.getByText("No job matches").waitFor()
      const before = requested.length
      for (let count = 0; count < 5; count += 1) await gateway.end(await submit("other"))
      expect(requested.slice(before)).toEqual([])
      const id = await submit("wanted")
      await page.locator(`tr[data-key="${id}"]`).waitFor()
      expect(await page.locator("tbody tr").count()).toBe(1)
    })

    test("is seen where a job comes to match the filter while it lives", async () => {
      const { page } = await openLive("/ui/jobs?model=enters&state=cancelled")
      await page.getByText("No job matches").waitFor()
      const id = await submit("enters", { hang: true })
      // By then the page has been told that it runs: what comes is not a new job.
      await page.getByRole("link", { name: "Running 1" }).waitFor()
      await gateway.fetch(`/v1/async/jobs/${id}/cancel`, { method: "POST" })
      await page.locator(`tr[data-key="${id}"]`).waitFor()
    })

    test("waits behind a button while rows are chosen", async () => {
      const first = await submit("chosen")
      await gateway.end(first)
      const { page } = await openLive("/ui/jobs?model=chosen")
      await page.getByRole("checkbox", { name: `Choose ${first}` }).check()
      const second = await submit("chosen")
      await page.getByRole("button", { name: "1 new" }).click()
      await page.locator(`tr[data-key="${second}"]`).waitFor()
    })

    test("is not followed while the reader has paused it", async () => {
      const { page, requested } = await openLive("/ui/jobs?model=paused")
      // By then the page knows whether the list is older than the stream, and has asked again where it is.
      await page.getByText("No job matches").waitFor()
      await page.keyboard.press(".")
      await page.getByRole("button", { name: "Paused" }).waitFor()
      const before = requested.length
      const id = await submit("paused")
      await gateway.end(id)
      expect(requested.slice(before)).toEqual([])
      await page.keyboard.press(".")
      await page.locator(`tr[data-key="${id}"]`).waitFor()
    })
  })

  describe("in several tabs", () => {
    test(
      "comes to eight of them by one stream, which another takes over when its tab is closed",
      async () => {
        const first = await openLive("/ui/jobs?model=tabs")
        const { context } = first
        const others: Visit[] = []
        // More would be open than the six connections that a browser has for a host.
        for (let count = 1; count < 8; count += 1) others.push(await openLive("/ui/jobs?model=tabs", { context }))
        expect(countStreams([first, ...others])).toBe(1)
        const seen = await submit("tabs")
        for (const { page } of [first, ...others]) await page.locator(`tr[data-key="${seen}"]`).waitFor()
        await first.page.close()
        const later = await submit("tabs")
        for (const { page } of others) await page.locator(`tr[data-key="${later}"]`).waitFor()
        expect(countStreams([first, ...others])).toBe(2)
        // Each tab may take as long to open as the only one of another test.
      },
      8 * PATIENCE_MS,
    )

    test("reaches each tab that wants it, whatever the others want", async () => {
      const first = await openLive("/ui/jobs?model=apple")
      const second = await openLive("/ui/jobs?model=pear", { context: first.context })
      const apple = await submit("apple")
      const pear = await submit("pear")
      await first.page.locator(`tr[data-key="${apple}"]`).waitFor()
      await second.page.locator(`tr[data-key="${pear}"]`).waitFor()
      expect(await first.page.locator("tbody tr").count()).toBe(1)
    })
  })

  test("is not asked for by a hidden page, and is caught up with when it is seen again", async () => {
    const opened = await visit("about:blank")
    const { page, requested } = opened
    await page.clock.install()
    await page.goto(`${gateway.url}/ui`)
    await page.getByRole("button", { name: "Live", exact: true }).waitFor()
    await page.getByText("Last clean-up").waitFor()
    await setVisible(page, false)
    await page.getByRole("button", { name: "Not live" }).waitFor()
    const before = requested.length
    await page.clock.runFor(120_000)
    expect(requested.slice(before)).toEqual([])
    const asked = page.waitForRequest((request) => request.url().includes("/v1/async/stats"))
    await setVisible(page, true)
    await page.getByRole("button", { name: "Live", exact: true }).waitFor()
    await asked
  })

  test.each([7_200_000, -7_200_000])(
    "is as long ago as the gateway says, where the browser's clock is %d ms off",
    async (ms) => {
      const id = await submit("clock")
      await gateway.end(id)
      const { page } = await visit("about:blank")
      await page.clock.setFixedTime(Date.now() + ms)
      await page.goto(`${gateway.url}/ui/jobs/${id}`)
      await page
        .getByRole("region", { name: "Facts" })
        .getByText(/^(now|\d+ (s|min) ago)$/)
        .waitFor()
    },
  )
})
