// What the model writes is seen while it writes it, on the page of its job: also after a kill, another attempt, and while nobody looks.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Page, Request } from "playwright-core"
import { type Gateway, launch, start } from "../harness.ts"
import { startUpstream, type Upstream } from "../upstream.ts"
import { answerByStreams, chunk, done } from "../writtenanswers.ts"
import {
  describeInBrowser,
  expectSoundInEveryLook,
  LOOKS_PATIENCE_MS,
  PATIENCE_MS,
  setVisible,
  type Visit,
  type VisitOptions,
  visit,
} from "./stage.ts"

let upstream: Upstream
let gateway: Gateway
beforeAll(async () => {
  upstream = startUpstream()
  gateway = await launch({ config: configure() })
}, PATIENCE_MS)
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

function configure(over: object = {}) {
  const quick = { retry_backoff_initial: 1, retry_backoff_max: 5, max_retries: 3 }
  const network_config = { base_url: upstream.url, ...quick }
  // The first has chat completions only.
  return { providers: { cerebras: { keys: [{ value: "sk-1" }], network_config }, up: { network_config } }, ...over }
}

/** A response in the background, whose answer is logged. @returns the id of its job */
async function ask(from: Pick<Gateway, "fetch"> = gateway, over: object = {}): Promise<string> {
  const body = JSON.stringify({ model: "cerebras/m", input: "Hello", background: true, stream: true, ...over })
  const response = await from.fetch("/v1/responses", { method: "POST", body })
  expect(response.status).toBe(200)
  await response.body?.cancel()
  return response.headers.get("x-job-id") ?? ""
}

async function open(id: string, from: Pick<Gateway, "url"> = gateway, options: VisitOptions = {}): Promise<Visit> {
  const opened = await visit(`${from.url}/ui/jobs/${id}`, options)
  await opened.page.getByRole("region", { name: "Facts" }).waitFor()
  return opened
}

const result = (page: Page) => page.getByRole("region", { name: "Result" })
const box = (page: Page) => page.getByRole("group", { name: "What the model writes" })
const isRunning = (page: Page) => page.getByRole("region", { name: "Facts" }).getByText("running").waitFor()
const isStored = (page: Page) => result(page).getByText("This is what is stored.").waitFor()
const isWords = (request: Request) => /\/jobs\/[^/]+\/events$/.test(request.url())
const says = (content: string) => chunk({ content })

describeInBrowser("what the model writes", () => {
  test("is seen before the job has ended, as text, and what is stored takes its place where it stood", async () => {
    const streams = answerByStreams(upstream)
    const id = await ask()
    const model = await streams.next()
    const { page, complaints } = await open(id)
    await isRunning(page)
    model.say(chunk({ role: "assistant", content: "One <b>two</b> " }))
    await box(page).getByText("One <b>two</b>").waitFor()
    model.say(says("<img src=x onerror=alert(1)> three"))
    const text = box(page).getByText("One <b>two</b> <img src=x onerror=alert(1)> three")
    await text.waitFor()
    const before = await text.boundingBox()
    const height = await page.evaluate(() => document.documentElement.scrollHeight)
    await isRunning(page)
    model.say(done)
    model.end()
    await isStored(page)
    expect(await text.boundingBox()).toEqual(before)
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(height)
    await result(page).getByRole("button", { name: "Text" }).click()
    await result(page).getByLabel("Result as it is stored").waitFor()
    expect(complaints).toEqual([])
  })

  test(
    "has reasoning and calls of functions apart from the text, and is open to everybody",
    async () => {
      const streams = answerByStreams(upstream)
      const id = await ask(gateway, { model: "up/m" })
      const model = await streams.next()
      const opened = await open(id)
      const { page } = opened
      const at = (output_index: number) => ({ output_index, item_id: `item_${output_index}` })
      const item = (output_index: number, rest: object) => ({
        ...{ type: "response.output_item.added", output_index },
        item: { id: `item_${output_index}`, status: "in_progress", ...rest },
      })
      model.say(
        item(0, { type: "reasoning", summary: [] }),
        { type: "response.reasoning_summary_text.delta", ...at(0), summary_index: 0, delta: "I think " },
        { type: "response.reasoning_summary_text.delta", ...at(0), summary_index: 0, delta: "of it" },
        item(1, { type: "message", role: "assistant", content: [] }),
        { type: "response.output_text.delta", ...at(1), content_index: 0, delta: "It is " },
        item(2, { type: "function_call", name: "pay", call_id: "call_1", arguments: "" }),
        { type: "response.function_call_arguments.delta", ...at(2), delta: '{"sum":' },
      )
      await box(page).locator(".reasoning").getByText("I think of it").waitFor()
      await box(page).locator(".turn.assistant").getByText("It is").waitFor()
      await box(page).locator(".tool").getByText('{"sum":').waitFor()
      await page.getByText("Live", { exact: true }).waitFor()
      await expectSoundInEveryLook(opened)
      await gateway.fetch(`/v1/async/jobs/${id}/cancel`, { method: "POST" })
      await page.getByRole("region", { name: "Facts" }).getByText("cancelled").waitFor()
      // What came of it stays.
      await box(page).getByText("It is").waitFor()
      expect(await result(page).getByText("The model is writing.").count()).toBe(0)
    },
    LOOKS_PATIENCE_MS,
  )

  test("begins anew with another attempt, behind what the broken one left", async () => {
    const streams = answerByStreams(upstream)
    const id = await ask()
    const broken = await streams.next()
    const { page, complaints } = await open(id)
    broken.say(says("Half an "))
    await box(page).getByText("Half an").waitFor()
    broken.break()
    const second = await streams.next()
    await box(page).getByText("Attempt 1 broke off here. Attempt 2 begins anew.").waitFor()
    second.say(says("The whole"))
    await box(page).getByText("The whole").waitFor()
    expect(await box(page).locator(".broken").textContent()).toContain("Half an")
    second.say(says(" answer"), done)
    second.end()
    await isStored(page)
    await box(page).getByText("The whole answer").waitFor()
    expect(complaints).toEqual([])
  })

  test("goes on under the open page after kill -9, after the last event that it has", async () => {
    const streams = answerByStreams(upstream)
    const killed = await start({ config: configure() })
    const id = await ask(killed)
    const model = await streams.next()
    const { page } = await open(id, killed)
    model.say(says("Half an "))
    await box(page).getByText("Half an").waitFor()
    await page.getByText("Live", { exact: true }).waitFor()
    await killed.stop("SIGKILL")
    const resumed = page.waitForRequest(
      (request) => isWords(request) && request.headers()["last-event-id"] !== undefined,
    )
    await start({ dir: killed.dir, config: configure(), args: ["--port", new URL(killed.url).port] })
    expect((await resumed).headers()["last-event-id"]).toMatch(/^2\.\d+$/)
    const second = await streams.next()
    await box(page).getByText("Attempt 1 broke off here.").waitFor()
    second.say(says("The whole "))
    await box(page).getByText("The whole").waitFor()
    expect(await box(page).getByText("Half an").count()).toBe(1)
    second.say(says("answer"), done)
    second.end()
    await isStored(page)
    await box(page).getByText("The whole answer").waitFor()
  })

  test("is not read by a hidden page, which goes on where it was when it is seen again", async () => {
    const streams = answerByStreams(upstream)
    const id = await ask()
    const model = await streams.next()
    const { page, requested } = await open(id)
    model.say(says("One "))
    await box(page).getByText("One").waitFor()
    await page.getByRole("button", { name: "Live", exact: true }).waitFor()
    const closed = page.waitForEvent("requestfailed", isWords)
    await setVisible(page, false)
    await closed
    await page.getByRole("button", { name: "Not live" }).waitFor()
    const before = requested.length
    model.say(says("two "))
    // It is on disk, and whoever reads has it.
    const other = await open(id)
    await box(other.page).getByText("One two").waitFor()
    expect(requested.slice(before)).toEqual([])
    const again = page.waitForRequest(isWords)
    await setVisible(page, true)
    expect((await again).headers()["last-event-id"]).toMatch(/^2\.\d+$/)
    await box(page).getByText("One two").waitFor()
    model.say(says("three"), done)
    model.end()
    await isStored(page)
    await box(page).getByText("One two three").waitFor()
  })

  test(
    "comes to eight tabs with eight jobs, which are all live",
    async () => {
      const streams = answerByStreams(upstream)
      const first = await open(await ask())
      const models = [await streams.next()]
      const tabs = [first]
      for (let count = 1; count < 8; count += 1) {
        const id = await ask()
        models.push(await streams.next())
        tabs.push(await open(id, gateway, { context: first.context }))
      }
      for (const [at, model] of models.entries()) model.say(says(`Words of ${at} `))
      for (const [at, { page }] of tabs.entries()) {
        await box(page).getByText(`Words of ${at}`).waitFor()
        await page.getByRole("button", { name: "Live", exact: true }).waitFor()
      }
      for (const model of models) {
        model.say(says("and more"), done)
        model.end()
      }
      for (const [at, { page }] of tabs.entries()) {
        await isStored(page)
        await box(page).getByText(`Words of ${at} and more`).waitFor()
      }
    },
    8 * PATIENCE_MS,
  )

  test("is the end alone of a long answer, and costs the page no more than that", async () => {
    const streams = answerByStreams(upstream)
    const id = await ask()
    const model = await streams.next()
    const { page, context } = await open(id)
    const session = await context.newCDPSession(page)
    const readHeap = async () => {
      await session.send("HeapProfiler.collectGarbage")
      return (await session.send("Runtime.getHeapUsage")).usedSize
    }
    model.say(says("The beginning. "))
    await box(page).getByText("The beginning.").waitFor()
    const before = await readHeap()
    for (let at = 0; at < 1000; at += 1) model.say(says(`${at} `.padEnd(1024, "x ")))
    model.say(says("The end."))
    await box(page).getByText("The end.").waitFor()
    await result(page).getByText("Of a long answer the last 64 KB are shown.").waitFor()
    expect(await box(page).getByText("The beginning.").count()).toBe(0)
    const { length } = (await box(page).textContent()) ?? ""
    expect(length).toBeGreaterThan(60 * 1024)
    expect(length).toBeLessThan(80 * 1024)
    expect((await readHeap()) - before).toBeLessThan(4 * 1024 * 1024)
    // The reader is at its end, where the words come.
    const left = await box(page).evaluate((each) => each.scrollHeight - each.scrollTop - each.clientHeight)
    expect(left).toBeLessThan(2)
    model.say(done)
    model.end()
    await isStored(page)
    await box(page).getByText("The beginning.").waitFor()
  })

  describe("is not there", () => {
    test("for a response that is not logged: its page says when its result will be there", async () => {
      upstream.answer(() => new Promise(() => {}))
      const body = JSON.stringify({ model: "cerebras/m", input: "Hello", background: true })
      const { headers } = await gateway.fetch("/v1/responses", { method: "POST", body })
      const { page, requested } = await open(headers.get("x-job-id") ?? "")
      await result(page).getByText("It will be here when the job has ended.").waitFor()
      await gateway.fetch(`/v1/async/jobs/${headers.get("x-job-id")}/cancel`, { method: "POST" })
      await page.getByRole("region", { name: "Facts" }).getByText("cancelled").waitFor()
      expect(await box(page).count()).toBe(0)
      expect(requested.filter((each) => /jobs\/.*\/events/.test(each))).toEqual([])
    })

    test("where bodies are not to be shown: it is not asked for", async () => {
      const hiding = await start({ config: configure({ ui: { bodies: false } }) })
      const streams = answerByStreams(upstream)
      const id = await ask(hiding)
      const model = await streams.next()
      model.say(says("Secret"))
      const { page, requested } = await open(id, hiding)
      await page.getByText("Requests and results are not shown").waitFor()
      model.say(done)
      model.end()
      await page.getByRole("region", { name: "Facts" }).getByText("succeeded").waitFor()
      expect(requested.filter((each) => each.includes(`${id}/events`))).toEqual([])
      expect(await page.getByText("Secret").count()).toBe(0)
    })
  })
})
