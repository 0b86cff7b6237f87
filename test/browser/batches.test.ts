// Batches in a real browser: how far they are, their files, and their failed lines as a new batch.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { type Gateway, launch } from "../harness.ts"
import { openReceiver } from "../program/receiver.ts"
import {
  describeInBrowser,
  expectSoundInEveryLook,
  LOOKS_PATIENCE_MS,
  PATIENCE_MS,
  visit,
  waitForTitle,
} from "./stage.ts"

let gateway: Gateway
let done: string
let running: string
let invalid: string

beforeAll(async () => {
  gateway = await launch()
  done = await make(line("good") + line("bad", { mock: { status: 400 } }) + line("worse", { mock: { status: 400 } }))
  running = await make(line("first") + line("hangs", { mock: { hang: true } }))
  invalid = await make(line("same") + line("same"))
  while (!/^"completed"/.test(await show(done)));
  while (!/"completed":1/.test(await show(running)));
  while (!/^"failed"/.test(await show(invalid)));
}, PATIENCE_MS)
afterAll(() => gateway.dispose())

function line(id: string, over: object = {}): string {
  const body = { model: "mock/echo", messages: [{ role: "user", content: id }], ...over }
  return `${JSON.stringify({ custom_id: id, method: "POST", url: "/v1/chat/completions", body })}\n`
}

async function make(lines: string): Promise<string> {
  const form = new FormData()
  form.append("purpose", "batch")
  form.append("file", new Blob([lines]), "lines.jsonl")
  const file = (await (await gateway.fetch("/v1/files", { method: "POST", body: form })).json()) as { id: string }
  const response = await gateway.fetch("/v1/batches", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      input_file_id: file.id,
      endpoint: "/v1/chat/completions",
      completion_window: "immediate",
      metadata: { team: "search" },
    }),
  })
  return ((await response.json()) as { id: string }).id
}

/** Its status and its counts. */
async function show(id: string): Promise<string> {
  const { status, request_counts } = JSON.parse(await (await gateway.fetch(`/v1/batches/${id}`)).text())
  return `${JSON.stringify(status)} ${JSON.stringify(request_counts)}`
}

describeInBrowser("batches", () => {
  test(
    "are listed, dark and light, wide and narrow",
    async () => {
      const opened = await visit(`${gateway.url}/ui/batches`)
      const { page } = opened
      const row = (id: string) => page.getByRole("row").filter({ hasText: id })
      await row(done).getByText("3 of 3").waitFor()
      await row(done).getByText("completed").waitFor()
      await row(running).getByText("in progress").waitFor()
      await row(invalid).getByText("failed", { exact: true }).waitFor()
      await waitForTitle(page, "Batches")
      await expectSoundInEveryLook(opened)
    },
    LOOKS_PATIENCE_MS,
  )

  test(
    "have a page with their counts, dark and light, wide and narrow",
    async () => {
      const opened = await visit(`${gateway.url}/ui/batches/${running}`)
      const { page } = opened
      await page.getByText("1 of 2").waitFor()
      await page.getByText("Left, at this rate").waitFor()
      await page.getByText("search", { exact: true }).waitFor()
      await expectSoundInEveryLook(opened)
    },
    LOOKS_PATIENCE_MS,
  )

  test("are cancelled after a question, and keep what is done", async () => {
    const id = await make(line("first") + line("hangs", { mock: { hang: true } }))
    const { page } = await visit(`${gateway.url}/ui/batches/${id}`)
    await page.getByText("1 of 2").waitFor()
    await page.getByRole("button", { name: "Cancel…" }).click()
    await page.getByRole("button", { name: "Cancel the batch" }).click()
    await page.getByText("cancelled", { exact: true }).waitFor()
    const download = page.waitForEvent("download")
    await page.getByRole("button", { name: "Results as a file" }).click()
    const text = readFileSync(await (await download).path(), "utf8")
    expect(text.trimEnd().split("\n")).toHaveLength(1)
    expect(JSON.parse(text)).toMatchObject({ custom_id: "first", response: { status_code: 200 } })
  })

  test("show whom their end was told", async () => {
    const receiver = openReceiver()
    const made = await gateway.fetch("/api/webhooks", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "nightly", url: receiver.url, form: "event", events: ["batch.completed"] }),
    })
    const { endpoint } = (await made.json()) as { endpoint: { id: string } }
    const id = await make(line("told"))
    expect((await receiver.next()).json).toMatchObject({ type: "batch.completed", data: { id } })
    const { page } = await visit(`${gateway.url}/ui/batches/${id}`)
    const row = page.getByRole("row").filter({ hasText: "batch.completed" })
    await row.getByText("delivered").waitFor()
    await row.getByRole("link", { name: "nightly" }).click()
    await page.waitForURL(`**/ui/webhooks/${endpoint.id}`)
    await row.getByRole("link", { name: id.slice(0, 13) }).click()
    await page.waitForURL(`**/ui/batches/${id}`)
  })

  test("that refuse their file say what is wrong with which line", async () => {
    const { page } = await visit(`${gateway.url}/ui/batches/${invalid}`)
    await page.getByText(/^Line 2: .*\(duplicate_custom_id\)$/).waitFor()
    expect(await page.getByRole("button", { name: "Submit the failed again" }).count()).toBe(0)
  })

  test("are named by their jobs, each with its line", async () => {
    const { data } = JSON.parse(await (await gateway.fetch(`/v1/async/jobs?batch=${done}&limit=1`)).text())
    const { page } = await visit(`${gateway.url}/ui/jobs/${data[0].id}`)
    await page.getByText(/^line 3 of/).waitFor()
    await page.getByTitle(done).click()
    await page.getByText("3 of 3").waitFor()
    expect(page.url()).toEndWith(`/ui/batches/${done}`)
  })

  test("show their failed jobs, and submit the failed lines again", async () => {
    const { page } = await visit(`${gateway.url}/ui/batches/${done}`)
    await page.getByRole("link", { name: "Show failed" }).click()
    await page.getByRole("table", { name: "Jobs" }).waitFor()
    expect(page.url()).toContain(`batch=${done}&state=failed`)
    expect(await page.getByRole("row").filter({ hasText: "failed" }).count()).toBe(2)
    await page.goBack()
    await page.getByRole("button", { name: "Submit the failed again" }).click()
    await page.getByText("The lines that failed are a new batch.").waitFor()
    await page.getByText("2 of 2").waitFor()
    await page.getByText("failed_lines_of").waitFor()
    const id = new URL(page.url()).pathname.split("/").at(-1) ?? ""
    expect(id).not.toBe(done)
    // All of its lines may have ended before its files are there.
    while (!/^"completed"/.test(await show(id)));
    const errors = (JSON.parse(await (await gateway.fetch(`/v1/batches/${id}`)).text()) as { error_file_id: string })
      .error_file_id
    const written = await (await gateway.fetch(`/v1/files/${errors}/content`)).text()
    expect(
      written
        .trimEnd()
        .split("\n")
        .map((each) => JSON.parse(each).custom_id),
    ).toEqual(["bad", "worse"])
  })
})
