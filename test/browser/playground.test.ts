// The playground in a real browser: a request of each type is made, sent as a job, and its result seen.
import { afterAll, beforeAll, expect, test } from "bun:test"
import type { Page } from "playwright-core"
import { chat, type Gateway, launch } from "../harness.ts"
import { types } from "../wire/types.ts"
import { describeInBrowser, expectSound, PATIENCE_MS, visit } from "./stage.ts"

/** What is seen of the mock's answer to the example of each type. */
const shown: Record<string, string> = {
  text_completion: "[mock answer",
  chat_completion: "[mock answer",
  responses: "[mock answer",
  count_tokens: "input_tokens",
  embedding: "256 dimensions",
  speech: "audio/wav, 4.0 KB",
  transcription: "silence.wav, 4044 bytes",
  image_generation: "64 × 64, png",
  image_edit: "64 × 64, png",
  image_variation: "64 × 64, png",
  rerank: "#1 Paris is the capital of France.",
  ocr: "Mock OCR",
}

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch()
}, PATIENCE_MS)
afterAll(() => gateway.dispose())

const result = (page: Page) => page.getByRole("region", { name: "Result" })
const json = (page: Page) => page.getByLabel("Request", { exact: true }).and(page.locator("textarea"))
const send = (page: Page) => page.getByRole("button", { name: "Send as a job" })

async function open(query: string) {
  const opened = await visit(`${gateway.url}/ui/playground?${query}`)
  await send(opened.page).waitFor()
  return opened
}

describeInBrowser("the playground", () => {
  test.each(types)(
    "sends the example of a $requestType as a job and shows its result",
    async ({ requestType, members }) => {
      const opened = await open(`type=${requestType}`)
      const { page } = opened
      for (const [name, file] of Object.entries(members)) {
        if (!(file instanceof File)) continue
        expect(await send(page).isDisabled()).toBe(true)
        const buffer = Buffer.from(await file.arrayBuffer())
        await page
          .getByLabel(name === "file" ? "File" : `File of “${name}”`, { exact: true })
          .setInputFiles({ name: file.name, mimeType: file.type, buffer })
      }
      await send(page).click()
      await result(page)
        .getByText(shown[requestType] ?? "?")
        .first()
        .waitFor()
      await expectSound(opened)
    },
  )

  test("has the fields, the knobs and the JSON of one request, with every digit of it", async () => {
    const { page, complaints } = await open("type=chat_completion")
    await page.getByLabel("Message", { exact: true }).fill("Say hello")
    await page.getByLabel("Temperature").fill("0.5")
    await page.getByLabel("Fails with status").fill("503")
    await page.getByLabel("On the first attempts").fill("1")
    const text = await json(page).inputValue()
    expect(JSON.parse(text)).toEqual({
      model: "mock/echo",
      messages: [{ role: "user", content: "Say hello" }],
      temperature: 0.5,
      mock: { status: 503, times: 1 },
    })
    await json(page).fill(`${text},`)
    await page.getByRole("status").filter({ hasText: /JSON/ }).waitFor()
    expect(await send(page).isDisabled()).toBe(true)
    expect(await page.getByLabel("Message", { exact: true }).isDisabled()).toBe(true)
    await json(page).fill(text.replace('"temperature": 0.5', '"seed": 9007199254740993'))
    await page.getByLabel("Tokens at most").fill("64")
    await page.getByLabel("Model").fill("mock/another")
    await send(page).click()
    await result(page).getByText("Say hello").waitFor()
    await page.getByRole("region", { name: "Job" }).locator("dt:text('Attempts') + dd").getByText("2").waitFor()
    const id = new URL(page.url()).searchParams.get("job") ?? ""
    expect(new URL(page.url()).searchParams.get("model")).toBe("mock/another")
    const stored = await (await gateway.fetch(`/v1/async/jobs/${id}/request`)).text()
    expect(stored).toContain('"seed": 9007199254740993')
    expect(stored).toContain('"max_tokens": 64')
    await page.reload()
    await result(page).getByText("Say hello").waitFor()
    expect(await page.getByLabel("Tokens at most").inputValue()).toBe("64")
    expect(complaints).toEqual([])
  })

  test("begins with the model and the type of the address, and takes any model", async () => {
    const { page } = await open("type=embedding&model=openai/text-embedding-3-small")
    expect(await page.getByLabel("Model").inputValue()).toBe("openai/text-embedding-3-small")
    expect(await page.getByLabel("Type").inputValue()).toBe("embedding")
    await page.getByLabel("Type").selectOption("speech")
    await page.getByLabel("Text to say").waitFor()
    expect(await page.getByLabel("Model").inputValue()).toBe("mock/tts")
    await page.getByLabel("Voice").fill("coral")
    await page.getByLabel("Type").selectOption("embedding")
    await page.getByLabel("Dimensions").waitFor()
    await page.goBack()
    await page.getByLabel("Voice").waitFor()
    expect(await page.getByLabel("Voice").inputValue()).toBe("coral")
  })

  test("says why a request is refused, and keeps what was typed", async () => {
    const { page } = await open("type=chat_completion&model=nowhere/m")
    await page.getByLabel("Message", { exact: true }).fill("still here")
    await send(page).click()
    await page.getByRole("alert").getByText("nowhere").waitFor()
    expect(await page.getByLabel("Message", { exact: true }).inputValue()).toBe("still here")
  })

  test("follows a job that never ends, and cancels it", async () => {
    const { page } = await open("type=chat_completion")
    await page.getByLabel("Never answers").check()
    await send(page).click()
    const job = page.getByRole("region", { name: "Job" })
    await job.getByText("running").waitFor()
    await job.getByRole("button", { name: "Cancel" }).click()
    await page.getByRole("button", { name: "Cancel the job" }).click()
    await job.getByText("cancelled").first().waitFor()
  })

  test("copies what is typed, before it is sent", async () => {
    const { page } = await open("type=chat_completion")
    await page.getByLabel("Message", { exact: true }).fill("it's")
    await page.getByRole("button", { name: "Copy as…" }).click()
    await page.getByRole("dialog").locator("pre").getByText("it'\\''s").waitFor()
  })

  test("opens the request of a job, of JSON and of a form", async () => {
    const id = await gateway.accept(chat({ messages: [{ role: "user", content: "Once more" }] }))
    await gateway.end(id)
    const { page } = await visit(`${gateway.url}/ui/jobs/${id}`)
    await page.getByRole("link", { name: "Open in playground" }).click()
    await page.getByLabel("Message", { exact: true }).waitFor()
    expect(await page.getByLabel("Message", { exact: true }).inputValue()).toBe("Once more")
    const form = new FormData()
    form.append("model", "mock/whisper")
    form.append("language", "no")
    form.append("file", new File(["RIFF"], "a.wav", { type: "audio/wav" }))
    const sent = await gateway.fetch("/v1/async/audio/transcriptions", { method: "POST", body: form })
    const { id: other } = (await sent.json()) as { id: string }
    const opened = await open(`type=transcription&model=mock/whisper&from=${other}`)
    expect(await opened.page.getByLabel("Language").inputValue()).toBe("no")
  })

  test("sends an admin's request with the virtual key that the gateway wants", async () => {
    const own = await launch({ config: { client: { enforce_auth_on_inference: true } } })
    try {
      const token = await own.adminToken()
      const made = await own.fetch("/v1/async/virtual-keys", {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ name: "team-a" }),
      })
      const { value } = (await made.json()) as { value: string }
      const { page } = await visit(`${own.url}/ui/playground?type=chat_completion`, { token })
      await send(page).click()
      await page.getByRole("alert").getByText("virtual key is required").waitFor()
      await page.getByLabel(/Virtual key/).fill(value)
      await send(page).click()
      await result(page).getByText("[mock answer").first().waitFor()
      expect(await page.content()).not.toContain(value)
    } finally {
      await own.dispose()
    }
  })

  test("sends, and shows no result and asks for no request, where ui.bodies is false", async () => {
    const own = await launch({ config: { ui: { bodies: false } } })
    try {
      const id = await own.accept(chat({ messages: [{ role: "user", content: "a secret question" }] }))
      await own.end(id)
      const { page, requested } = await visit(`${own.url}/ui/playground?type=chat_completion&from=${id}`)
      await page.getByLabel("Message", { exact: true }).waitFor()
      expect(await page.getByLabel("Message", { exact: true }).inputValue()).toBe("Hello")
      await send(page).click()
      await page.getByText("Results are not shown: ui.bodies is false").waitFor()
      expect(requested.filter((asked) => asked.includes("/request"))).toEqual([])
    } finally {
      await own.dispose()
    }
  })
})
