// Webhook endpoints in a real browser: they are made, tried, changed and deleted, and what was delivered is seen and sent again.
import { afterAll, beforeAll, expect, test } from "bun:test"
import type { Page } from "playwright-core"
import { findSignatureFault } from "../../src/webhooks/signing.ts"
import { chat, type Gateway, launch } from "../harness.ts"
import { openReceiver, type Received, type Receiver, startReceiver } from "../program/receiver.ts"
import {
  describeInBrowser,
  expectSoundInEveryLook,
  LOOKS_PATIENCE_MS,
  PATIENCE_MS,
  visit,
  waitForTitle,
} from "./stage.ts"

let gateway: Gateway
/** A receiver that takes successes alone, and its endpoint. */
let receiver: Receiver
let endpoint: string
let failed: string

beforeAll(async () => {
  gateway = await launch()
  receiver = startReceiver(({ json }) =>
    json.event === "async_job.failed" ? new Response("<b>no</b> failures here", { status: 400 }) : new Response(),
  )
  endpoint = (await make("orders", receiver.url)).endpoint.id
  await gateway.accept(chat())
  await receiver.next()
  // A success that is noted after the failure would be the end of the failures in a row.
  while ((await readEndpoint())["last_success_at"] === null);
  failed = await gateway.accept(chat({ mock: { status: 400 } }))
  await receiver.next()
}, PATIENCE_MS)
afterAll(async () => {
  await gateway.dispose()
  await receiver.close()
})

async function make(name: string, url: string, settings: object = {}) {
  const events = ["async_job.completed", "async_job.failed"]
  const body = JSON.stringify({ name, url, events, all_jobs: true, ...settings })
  const headers = { "content-type": "application/json" }
  const response = await gateway.fetch("/api/webhooks", { method: "POST", headers, body })
  return (await response.json()) as { endpoint: { id: string }; secret: string }
}

const readEndpoint = async () =>
  (await (await gateway.fetch(`/api/webhooks/${endpoint}`)).json()) as Record<string, unknown>

const faultOf = (secret: string, { headers, body }: Received) =>
  findSignatureFault(secret, headers, body, Math.floor(Date.now() / 1000))
const rowOf = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text })

describeInBrowser("webhooks", () => {
  test(
    "are listed, with the form to make one, dark and light, wide and narrow",
    async () => {
      const opened = await visit(`${gateway.url}/ui/webhooks`)
      const { page } = opened
      await rowOf(page, "orders").getByText("On, and failing").waitFor()
      await waitForTitle(page, "Webhooks")
      await expectSoundInEveryLook(opened)
      await page.keyboard.press("n")
      const dialog = page.getByRole("dialog", { name: "Make a webhook endpoint" })
      await dialog.getByRole("button", { name: "Add a header" }).click()
      await dialog.getByLabel("Header 1", { exact: true }).fill("authorization")
      await expectSoundInEveryLook(opened)
    },
    LOOKS_PATIENCE_MS,
  )

  test(
    "have a page with their deliveries, dark and light, wide and narrow",
    async () => {
      const opened = await visit(`${gateway.url}/ui/webhooks`)
      const { page } = opened
      await rowOf(page, "orders").getByRole("link", { name: "orders" }).click()
      await rowOf(page, "async_job.failed").getByText("refused for good").waitFor()
      expect(page.url()).toBe(`${gateway.url}/ui/webhooks/${endpoint}`)
      // What a receiver writes is a text.
      await rowOf(page, "async_job.failed").getByText("<b>no</b> failures here").waitFor()
      await rowOf(page, "async_job.completed").getByText("delivered").waitFor()
      await rowOf(page, "async_job.completed").getByText("status 200").waitFor()
      await expectSoundInEveryLook(opened)
    },
    LOOKS_PATIENCE_MS,
  )

  test(
    "stand on the page of the job whose end they told, dark and light, wide and narrow",
    async () => {
      const opened = await visit(`${gateway.url}/ui/jobs/${failed}`)
      const { page } = opened
      const panel = page.locator("section.panel").filter({ has: page.getByRole("heading", { name: "Webhooks" }) })
      await panel.getByText("refused for good").waitFor()
      await expectSoundInEveryLook(opened)
      await panel.getByRole("button", { name: /^Send again/ }).click()
      const again = await receiver.next()
      expect(again.json.data.job_id).toBe(failed)
      await panel.getByText("1 try before").waitFor()
      await panel.getByRole("link", { name: "orders" }).click()
      await page.getByRole("heading", { name: "Deliveries" }).waitFor()
    },
    LOOKS_PATIENCE_MS,
  )

  test("are made, tried, switched off and on, given a new secret, changed and deleted", async () => {
    const own = openReceiver()
    const { page } = await visit(`${gateway.url}/ui/webhooks`)
    await page.getByRole("button", { name: "Make an endpoint…" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByRole("textbox", { name: "Name" }).fill("second")
    await dialog.getByLabel("URL").fill(own.url)
    await dialog.getByLabel("A job has failed or was cancelled").uncheck()
    await dialog.getByRole("button", { name: "Make the endpoint" }).click()
    await page.getByRole("heading", { name: "The secret of second" }).waitFor()
    const secret = (await page.locator("pre.sample").textContent()) ?? ""
    expect(secret).toStartWith("whsec_")
    await page.getByRole("button", { name: "I have stored it" }).click()
    await page.getByText(secret).waitFor({ state: "detached" })

    await rowOf(page, "second").getByRole("link", { name: "second" }).click()
    await page.getByText("Nothing was delivered yet").waitFor()
    await page.keyboard.press("t")
    await page.getByText("The receiver answered 200.").waitFor()
    expect(faultOf(secret, await own.next())).toBeNull()

    await page.getByRole("button", { name: "Switch off" }).click()
    await page.getByRole("button", { name: "Switch on" }).click()
    await page.getByRole("button", { name: "Switch off" }).waitFor()

    await page.getByRole("button", { name: "Make a new secret…" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Make a new secret" }).click()
    await page.getByRole("heading", { name: "The new secret" }).waitFor()
    const next = (await page.locator("pre.sample").textContent()) ?? ""
    await page.getByRole("button", { name: "Send a sample" }).click()
    const signed = await own.next()
    expect([faultOf(secret, signed), faultOf(next, signed)]).toEqual([null, null])

    await page.getByRole("button", { name: "Change…" }).click()
    await dialog.getByRole("textbox", { name: "Name" }).fill("renamed")
    await dialog.getByLabel("Send the answer or the error too, where it is not too long").check()
    await dialog.getByRole("button", { name: "Save" }).click()
    await page.getByText("The endpoint renamed is changed.").waitFor()
    await gateway.accept(chat())
    expect((await own.next()).json.data.response).toBeDefined()
    await page.getByText("are sent too").waitFor()
    await rowOf(page, "async_job.completed").getByText("delivered").waitFor()

    await page.getByRole("button", { name: "Delete…" }).click()
    await page.getByRole("button", { name: "Delete the endpoint" }).click()
    await rowOf(page, "orders").waitFor()
    expect(new URL(page.url()).pathname).toBe("/ui/webhooks")
    expect(await rowOf(page, "renamed").count()).toBe(0)
  })

  test(
    "have headers of their own, whose values are shown to nobody, and retries and limits, dark and light, wide and narrow",
    async () => {
      const own = openReceiver()
      const opened = await visit(`${gateway.url}/ui/webhooks`)
      const { page } = opened
      const dialog = page.getByRole("dialog")
      const header = (at: number) => dialog.getByLabel(`Header ${at}`, { exact: true })
      const value = (at: number) => dialog.getByLabel("Its value").nth(at - 1)
      const read = async () => {
        const { endpoints } = (await (await gateway.fetch("/api/webhooks?search=headed")).json()) as {
          endpoints: Record<string, unknown>[]
        }
        return endpoints[0]
      }
      await page.getByRole("button", { name: "Make an endpoint…" }).click()
      await dialog.getByRole("textbox", { name: "Name" }).fill("headed")
      await dialog.getByLabel("URL").fill(own.url)
      const chosen = await dialog
        .locator("input[inputmode=numeric]")
        .evaluateAll((all) => all.map((each) => Number((each as HTMLInputElement).placeholder)))
      for (const at of [1, 2]) {
        await dialog.getByRole("button", { name: "Add a header" }).click()
        await header(at).fill("x-team")
        await value(at).fill(`secret ${at}`)
      }
      await dialog.getByRole("button", { name: "Make the endpoint" }).click()
      await dialog.getByRole("alert").getByText('Two headers have the name "x-team"').waitFor()
      await header(2).fill("x-other")
      await dialog.getByRole("button", { name: "Make the endpoint" }).click()
      await page.getByRole("button", { name: "I have stored it" }).click()
      const numbers = ["max_retries", "retry_backoff_initial_seconds", "retry_backoff_max_seconds"].concat([
        "attempt_timeout_seconds",
        "max_concurrent_deliveries",
        "max_response_payload_kbs",
      ])
      const made = await read()
      expect(numbers.map((name) => made?.[name])).toEqual(chosen)
      await page.getByRole("link", { name: "headed" }).click()
      await page.getByText("Nothing was delivered yet").waitFor()
      await page.keyboard.press("t")
      const first = await own.next()
      expect([first.headers.get("x-team"), first.headers.get("x-other")]).toEqual(["secret 1", "secret 2"])

      await page.getByRole("button", { name: "Change…" }).click()
      expect([await value(1).inputValue(), await value(2).inputValue()]).toEqual(["", ""])
      expect(await page.content()).not.toContain("secret 1")
      await dialog.getByRole("button", { name: "Take out header 2" }).click()
      await dialog.getByRole("button", { name: "Add a header" }).click()
      await header(2).fill("authorization")
      await value(2).fill("Bearer new")
      await dialog.getByLabel("Tries after the first").fill("many")
      await expectSoundInEveryLook(opened)
      await dialog.getByRole("button", { name: "Save" }).click()
      await dialog.getByRole("alert").getByText("max_retries must be a whole number from 1 to 50").waitFor()
      await dialog.getByLabel("Tries after the first").fill("7")
      await dialog.getByLabel("Deliveries at one time").fill("")
      await dialog.getByLabel("What fails is tried again").selectOption("standard")
      expect(await dialog.getByLabel("Tries after the first").count()).toBe(0)
      await dialog.getByRole("button", { name: "Save" }).click()
      await page.getByText("The endpoint headed is changed.").waitFor()
      expect(await read()).toMatchObject({ schedule: "standard", max_retries: 7, max_concurrent_deliveries: 10 })
      await page.keyboard.press("t")
      const { headers } = await own.next()
      const got = ["x-team", "x-other", "authorization"].map((name) => headers.get(name))
      expect(got).toEqual(["secret 1", null, "Bearer new"])
    },
    LOOKS_PATIENCE_MS,
  )

  test("that cannot be are refused in the words of the gateway, and what was typed stays", async () => {
    const { page } = await visit(`${gateway.url}/ui/webhooks`)
    await page.getByRole("button", { name: "Make an endpoint…" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByRole("textbox", { name: "Name" }).fill("orders")
    await dialog.getByLabel("URL").fill("http://169.254.169.254/latest")
    const submit = dialog.getByRole("button", { name: "Make the endpoint" })
    await submit.click()
    await dialog.getByRole("alert").getByText("169.254.169.254 is a link-local").waitFor()
    await dialog.getByLabel("URL").fill("https://example.com/webhook")
    await submit.click()
    await dialog.getByRole("alert").getByText('the name "orders" already').waitFor()
    expect(await dialog.getByLabel("URL").inputValue()).toBe("https://example.com/webhook")
  })

  test("those of config.json are read only, and one that the gateway has turned off says why", async () => {
    const events = ["async_job.completed"]
    const gone = openReceiver(() => new Response("moved", { status: 410 }))
    const own = await launch({ config: { webhooks: [{ name: "fixed", url: gone.url, events, all_jobs: true }] } })
    try {
      await own.accept(chat())
      await gone.next()
      const { page } = await visit(`${own.url}/ui/webhooks`)
      await rowOf(page, "fixed")
        .getByText(/^Off: /)
        .waitFor()
      await rowOf(page, "fixed").getByRole("link", { name: "fixed" }).click()
      await page.getByText("in config.json: changed there").waitFor()
      expect(await page.getByRole("button", { name: "Delete…" }).count()).toBe(0)
    } finally {
      await own.dispose()
    }
  })
})
