// The page of a job in a real browser: what became of it, its request and result in every form, and what can be done with it.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Locator, Page, Response } from "playwright-core"
import { chat, type Gateway, launch } from "../harness.ts"
import { completion, configFor, startUpstream, type Upstream } from "../upstream.ts"
import { types } from "../wire/types.ts"
import {
  describeInBrowser,
  expectSound,
  expectSoundInEveryLook,
  LOOKS_PATIENCE_MS,
  PATIENCE_MS,
  type VisitOptions,
  visit,
} from "./stage.ts"

/** What is seen of the example of each type. */
const shown: Record<string, { request: string; result: string }> = {
  text_completion: { request: "Once upon a time", result: "[mock answer" },
  chat_completion: { request: "Hello", result: "[mock answer" },
  responses: { request: "Hello", result: "[mock answer" },
  count_tokens: { request: "Hello", result: '"input_tokens"' },
  embedding: { request: "Hello there", result: "256 dimensions" },
  speech: { request: "Hello", result: "audio/wav, 4.0 KB" },
  transcription: { request: "silence.wav", result: "silence.wav, 4044 bytes" },
  image_generation: { request: "A lighthouse at dusk", result: "64 × 64, png" },
  image_edit: { request: "pixel.png", result: "64 × 64, png" },
  image_variation: { request: "pixel.png", result: "64 × 64, png" },
  rerank: { request: "capital of France", result: "#1 Paris, capital of France" },
  ocr: { request: "https://example.com/invoice.pdf", result: "Mock OCR" },
}

let upstream: Upstream
let gateway: Gateway
beforeAll(async () => {
  upstream = startUpstream()
  gateway = await launch({ config: configFor(upstream) })
}, PATIENCE_MS)
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

const result = (page: Page) => page.getByRole("region", { name: "Result" })
const request = (page: Page) => page.getByRole("region", { name: "Request", exact: true })

async function openJob(id: string, query = "", options: VisitOptions = {}) {
  const opened = await visit(`${gateway.url}/ui/jobs/${id}${query}`, options)
  await opened.page.getByRole("region", { name: "Facts" }).waitFor()
  return opened
}

/** How many bytes came as bodies of the answers at a path. */
async function weigh(responses: readonly Response[], path: string): Promise<number> {
  const sizes = responses
    .filter((response) => new URL(response.url()).pathname === path)
    .map((response) => response.request().sizes())
  return (await Promise.all(sizes)).reduce((sum, { responseBodySize }) => sum + responseBodySize, 0)
}

/** A job that has ended with this answer of the provider. */
async function answer(content: string, over: Record<string, unknown> = {}): Promise<string> {
  upstream.answer(() => completion(content, over))
  const id = await gateway.accept(chat({ model: "up/m" }))
  await gateway.end(id)
  return id
}

async function submit({ path, model, members, form }: (typeof types)[number]): Promise<string> {
  const given = { model, ...members }
  const body = new FormData()
  for (const [name, value] of Object.entries(given)) body.append(name, value as string | File)
  const sent =
    form === "json" ? { body: JSON.stringify(given), headers: { "content-type": "application/json" } } : { body }
  const accepted = (await (await gateway.fetch(path, { method: "POST", ...sent })).json()) as { id: string }
  await gateway.fetch(`/v1/async/jobs/${accepted.id}`, { headers: { prefer: "wait=30" } })
  return accepted.id
}

async function choose(side: Locator, look: string): Promise<void> {
  await side.getByRole("button", { name: look, exact: true }).click()
  await side.getByRole("button", { name: look, exact: true, pressed: true }).waitFor()
}

/** Unfolds all of a tree. */
async function unfold(side: Locator): Promise<void> {
  const folded = side.locator("details.json-branch:not([open]) > summary")
  while ((await folded.count()) > 0) {
    await folded.first().click()
    await side.locator("details.json-branch[open]:not(:has(> .json-members))").waitFor({ state: "detached" })
  }
}

describeInBrowser("the page of a job", () => {
  test.each(types)("shows the request and the result of a $requestType as what they are", async (type) => {
    const opened = await openJob(await submit(type))
    const { page } = opened
    await request(page)
      .getByText(shown[type.requestType]?.request ?? "?")
      .first()
      .waitFor()
    await result(page)
      .getByText(shown[type.requestType]?.result ?? "?")
      .first()
      .waitFor()
    await expectSound(opened)
  })

  test("shows each attempt with what it waited for, how it ended and why", async () => {
    const id = await gateway.accept(chat({ model: "mock/echo", mock: { status: 503, times: 1 } }))
    await gateway.end(id)
    const { page } = await openJob(id)
    const rows = page.getByRole("table", { name: "Attempts" }).getByRole("row")
    expect(await rows.count()).toBe(3)
    expect(await rows.nth(1).textContent()).toMatch(/mock\/echo.*queue.*call.*503 refused/)
    expect(await rows.nth(2).textContent()).toMatch(/backoff.*call.*200 answered/)
  })

  test("follows the job while it runs, and cancels it", async () => {
    const id = await gateway.accept(chat({ mock: { hang: true } }))
    const { page } = await openJob(id)
    await page.getByText("It will be here when the job has ended.").waitFor()
    await page.getByText("Live", { exact: true }).waitFor()
    await page.getByRole("button", { name: "Cancel" }).click()
    await page.getByRole("button", { name: "Cancel the job" }).click()
    await page.getByRole("region", { name: "Facts" }).getByText("cancelled").waitFor()
    expect(await page.getByRole("button", { name: "Cancel" }).count()).toBe(0)
  })

  test("sees the end of the job that another one brings about", async () => {
    const id = await gateway.accept(chat({ mock: { hang: true } }))
    const { page } = await openJob(id)
    await page.getByText("Live", { exact: true }).waitFor()
    await gateway.fetch(`/v1/async/jobs/${id}/cancel`, { method: "POST" })
    await page.getByRole("region", { name: "Facts" }).getByText("cancelled").waitFor()
  })

  test("walks the jobs of the filter alone, back and forth", async () => {
    const ids: string[] = []
    for (const model of ["walked", "other", "walked", "walked"]) {
      const id = await gateway.accept(chat({ model: `mock/${model}` }))
      await gateway.end(id)
      if (model === "walked") ids.push(id)
    }
    const [oldest = "", middle = "", newest = ""] = ids
    const { page } = await openJob(middle, "?model=walked")
    const isAt = async (id: string) => {
      await page.locator("header.head").getByText(id).waitFor()
      expect(page.url()).toBe(`${gateway.url}/ui/jobs/${id}?model=walked`)
    }
    // The key does nothing before the page knows which job that is.
    const walkToNewer = async () => {
      await page.getByRole("link", { name: "Newer" }).waitFor()
      await page.keyboard.press("k")
    }
    await page.getByRole("link", { name: "Older" }).click()
    await isAt(oldest)
    await page.getByText("Older").and(page.locator("[aria-disabled]")).waitFor()
    await walkToNewer()
    await isAt(middle)
    await walkToNewer()
    await isAt(newest)
    await page.getByRole("link", { name: "Jobs of the filter" }).click()
    await page.waitForURL("**/ui/jobs?model=walked")
  })

  test("deletes the job and goes back to the list", async () => {
    const id = await answer("gone soon")
    const { page } = await openJob(id, "?model=m")
    await page.getByRole("button", { name: "Delete" }).click()
    await page.getByRole("button", { name: "Delete the job" }).click()
    await page.waitForURL("**/ui/jobs?model=m")
    expect((await gateway.poll(id)).status).toBe(404)
  })

  test("says of a job that is not there that it is not", async () => {
    const { page } = await visit(`${gateway.url}/ui/jobs/01a23282-0000-7000-8000-000000000000`)
    await page.getByRole("alert").getByText("job not found or expired").waitFor()
  })

  describe("a result", () => {
    test("that is hostile is text: nothing of it runs, is loaded, or leads to a script", async () => {
      const hostile = [
        "<img src=x onerror=alert(1)><script>alert(2)</script>",
        "</script><svg onload=alert(3)>",
        "[a link](javascript:alert(4)) \u202eevil\u202c \0 \ud800",
        "```html\n<iframe src='https://example.com'></iframe>\n```",
      ].join("\n")
      const pictures = [
        "javascript:alert(5)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "data:image/svg+xml;base64,PHN2Zz4=",
      ]
      const content = [
        ...pictures.map((url) => ({ type: "image_url", image_url: { url } })),
        { type: "text", text: hostile },
      ]
      upstream.answer(() => completion(hostile))
      const messages = [
        { role: "offscreen", content: "its role is a class of the page" },
        { role: "user", content },
      ]
      const id = await gateway.accept(chat({ model: "up/m", messages }))
      await gateway.end(id)
      const opened = await openJob(id)
      const { page } = opened
      const dialogs: string[] = []
      page.on("dialog", (dialog) => {
        dialogs.push(dialog.message())
        void dialog.dismiss()
      })
      for (const look of ["JSON", "Text", "View"]) {
        for (const side of [request(page), result(page)]) {
          await choose(side, look)
          await unfold(side)
          await side.getByText("onerror=alert(1)").first().waitFor()
        }
      }
      expect(await request(page).locator("section.offscreen").count()).toBe(0)
      await result(page).getByText("\\u202eevil\\u202c \\u0000").waitFor()
      const links = await page
        .locator("main a")
        .evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).protocol))
      expect(links.filter((protocol) => protocol !== "http:")).toEqual([])
      expect(await page.locator("main img, main iframe, main script, main svg[onload]").count()).toBe(0)
      expect(dialogs).toEqual([])
      await expectSound(opened)
    })

    test("shows reasoning folded, tool calls with their arguments, and code apart", async () => {
      const message = {
        role: "assistant",
        content: "Look:\n```ts\nlet a = 1\n```",
        reasoning_content: "I wondered",
        tool_calls: [
          { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Oslo"}' } },
          { id: "call_2", type: "function", function: { name: "broken", arguments: "not JSON, all of it" } },
        ],
      }
      const id = await answer("", { choices: [{ index: 0, message, finish_reason: "tool_calls" }] })
      const { page } = await openJob(id)
      await result(page).getByText("calls weather").waitFor()
      await result(page).getByText('"Oslo"').waitFor()
      await result(page).getByText("not JSON, all of it").waitFor()
      await result(page).locator("figure.code").getByText("let a = 1").waitFor()
      expect(await result(page).getByText("I wondered").isVisible()).toBe(false)
      await result(page).getByText("Reasoning, 10 characters").click()
      await result(page).getByText("I wondered").waitFor()
    })

    const floats = Buffer.from(new Float32Array([3, 4]).buffer).toString("base64")
    const segments = [{ id: 0, start: 61, end: 62.5, text: "said late", speaker: "Ada" }]
    const output = [
      { type: "reasoning", summary: [{ type: "summary_text", text: "I wondered" }] },
      { type: "function_call", name: "weather", call_id: "call_1", arguments: '{"city":"Oslo"}' },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "It is cold" }] },
    ]
    const picture = "https://example.invalid/picture.png"
    test.each([
      ["responses", { object: "response", output }, ["Reasoning, 10 characters", "calls weather", "It is cold"]],
      ["embedding", { data: [{ index: 0, embedding: floats }] }, ["1 vector of 2 dimensions", "norm 5.0000"]],
      ["image_generation", { data: [{ url: picture }] }, [picture]],
      [
        "transcription",
        { text: "all", language: "en", duration: 3, segments },
        ["en · 3 s", "1:01.00 – 1:02.50", "Ada"],
      ],
    ])("of a %s is shown in the other forms that providers give it", async (name, given, texts) => {
      const type = types.find(({ requestType }) => requestType === name)
      if (type === undefined) throw new Error(`there is no ${name}`)
      upstream.answer(() => Response.json(given))
      const opened = await openJob(await submit({ ...type, model: "up/m" }))
      for (const text of texts) await result(opened.page).getByText(text).first().waitFor()
      // No picture is loaded from where its address leads.
      await expectSound(opened)
    })

    test("that cannot be read is none, and the error says so", async () => {
      upstream.answer(() => Response.json({ choices: [], strange: { inside: "here" } }))
      const id = await gateway.accept(chat({ model: "up/m" }))
      await gateway.end(id)
      const { page } = await openJob(id)
      await result(page).getByText("It has none: it failed.").waitFor()
      await page.getByRole("heading", { name: "Error" }).waitFor()
      await page.getByText("502 unreadable_response").waitFor()
    })

    test("keeps every character that is stored, as a tree and as text", async () => {
      const body =
        '{"model":"mock/echo","messages":[{"role":"user","content":"\\u0000\\ud800"}],"seed":9007199254740993,"top_p":1.10,"x":1E400}'
      const id = await gateway.accept(body)
      await gateway.end(id)
      const { page } = await openJob(id)
      for (const look of ["JSON", "Text"]) {
        await choose(request(page), look)
        await unfold(request(page))
        for (const text of ["9007199254740993", "1.10", "1E400", "\\u0000\\ud800"])
          await request(page).getByText(text).first().waitFor()
      }
      expect(await request(page).locator("pre.stored").textContent()).toBe(body)
    })

    test("of twenty megabytes is loaded as far as 256 KB before a click, and further by one", async () => {
      // Of three bytes each: both ends lie within a character.
      const id = await answer("語".repeat(7_000_000))
      const stored = await (await gateway.fetch(`/v1/async/jobs/${id}/result`)).bytes()
      const { page, complaints, context } = await visit("about:blank")
      await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: gateway.url })
      const responses: Response[] = []
      page.on("response", (response) => responses.push(response))
      await page.goto(`${gateway.url}/ui/jobs/${id}`)
      for (const [bytes, shown] of [
        [256 * 1024, /The first \d+ KB are loaded/],
        [4 * 1024 * 1024, /The first 1\.\d MB are loaded/],
      ] as const) {
        await result(page).getByText(shown).waitFor()
        expect((stored[bytes] ?? 0) >> 6).toBe(0b10)
        expect(await weigh(responses, `/v1/async/jobs/${id}/result`)).toBe(bytes)
        expect(await weigh(responses, `/v1/async/jobs/${id}`)).toBeLessThan(4096)
        await result(page).getByRole("button", { name: "Copy what is loaded" }).click()
        const loaded = new TextDecoder().decode(stored.subarray(0, bytes), { stream: true })
        await page.waitForFunction(
          async (length) => (await navigator.clipboard.readText()).length === length,
          loaded.length,
        )
        expect((await page.evaluate(() => navigator.clipboard.readText())) === loaded).toBe(true)
        await result(page).getByRole("button", { name: "Load more" }).click()
      }
      expect(complaints).toEqual([])
    })

    test("that was sent with twenty megabytes is loaded as far as 256 KB before a click", async () => {
      const id = await gateway.accept(chat({ messages: [{ role: "user", content: "語".repeat(7_000_000) }] }))
      await gateway.end(id)
      const { page, complaints } = await visit("about:blank")
      const responses: Response[] = []
      page.on("response", (response) => responses.push(response))
      await page.goto(`${gateway.url}/ui/jobs/${id}`)
      await request(page)
        .getByText(/The first \d+ KB are loaded/)
        .waitFor()
      await result(page).getByText(/語/).first().waitFor()
      expect(await weigh(responses, `/v1/async/jobs/${id}/request`)).toBe(256 * 1024)
      expect(complaints).toEqual([])
    })
  })

  describe("vectors", () => {
    test("are compared with those of another job", async () => {
      const type = types.find(({ requestType }) => requestType === "embedding")
      if (type === undefined) throw new Error("there are embeddings")
      const [one, two] = [await submit(type), await submit(type)]
      const { page } = await openJob(one)
      await page.getByLabel("Cosine to the vectors of another job").fill(two)
      await result(page).getByRole("button", { name: "Compare" }).click()
      await page.getByText(/vector 0: 1\.000000 to vector 0/).waitFor()
    })
  })

  test(
    "has dialogs that are open to everybody, dark and light, wide and narrow",
    async () => {
      const id = await answer("```\nlet a = 1\n```")
      const opened = await openJob(id)
      const { page } = opened
      for (const [button, there] of [
        ["Copy as…", "curl -sS"],
        ["Replay…", "This makes a new job"],
      ] as const) {
        await page.getByRole("button", { name: button }).click()
        await page.getByRole("dialog").getByText(there).waitFor()
        await expectSoundInEveryLook(opened)
        await page.keyboard.press("Escape")
        await page.getByRole("dialog").waitFor({ state: "detached" })
      }
    },
    LOOKS_PATIENCE_MS,
  )

  test("is copied in each form, with a variable for the key that the reader has", async () => {
    const id = await gateway.accept(chat({ messages: [{ role: "user", content: "it's" }] }))
    await gateway.end(id)
    const token = await gateway.adminToken()
    const { page } = await openJob(id, "", { token })
    await page.getByRole("button", { name: "Copy as…" }).click()
    const dialog = page.getByRole("dialog")
    for (const [form, text] of [
      ["curl", `it'\\''s`],
      ["openai (node)", "process.env.ASYNCGATE_KEY"],
      ["openai (python)", 'os.environ["ASYNCGATE_KEY"]'],
      ["AI SDK", "generateText"],
    ] as const) {
      await dialog.getByRole("button", { name: form, exact: true }).click()
      await dialog.locator("pre").getByText(text).waitFor()
      expect(await dialog.textContent()).not.toContain(token)
    }
  })

  test("a request that says it is a form, and is none, is shown, replayed and copied as what it is", async () => {
    const body =
      '{"object":"form","fields":5,"files":{},"model":"mock/echo","messages":[{"role":"user","content":"Not a form"}]}'
    const id = await gateway.accept(body)
    await gateway.end(id)
    const { page, complaints } = await openJob(id)
    await request(page).getByText("Not a form", { exact: true }).waitFor()
    await page.getByRole("button", { name: "Copy as…" }).click()
    await page.getByRole("dialog").getByText(`--data-binary '${body}'`).waitFor()
    await page.keyboard.press("Escape")
    await page.getByRole("button", { name: "Replay…" }).click()
    expect(await page.locator("textarea").inputValue()).toContain('"fields": 5')
    expect(complaints).toEqual([])
  })

  test("an error of a megabyte is shown as far as it is kept", async () => {
    upstream.answer(() => Response.json({ error: { message: `too long ${"x".repeat(1024 * 1024)}` } }, { status: 400 }))
    const id = await gateway.accept(chat({ model: "up/m" }))
    await gateway.end(id)
    const { page, complaints } = await openJob(id)
    await page.getByText("too long x").first().waitFor()
    expect(complaints).toEqual([])
  })

  describe("a replay", () => {
    test("with another model and an edited request is a new job, with every digit of it", async () => {
      const id = await gateway.accept(
        '{"model":"mock/echo","messages":[{"role":"user","content":"Hello"}],"seed":9007199254740993}',
      )
      await gateway.end(id)
      const { page, complaints } = await openJob(id)
      await page.getByRole("button", { name: "Replay…" }).click()
      await page.getByLabel("Model").fill("mock/another")
      const editor = page.getByLabel("Request", { exact: true }).and(page.locator("textarea"))
      const text = await editor.inputValue()
      await editor.fill(`${text},`)
      await page.getByRole("status").filter({ hasText: /JSON/ }).waitFor()
      expect(await page.getByRole("button", { name: "Run it with the changes" }).isDisabled()).toBe(true)
      await editor.fill(text.replace("Hello", "Goodbye"))
      await page.getByText("The first one has cost unknown").waitFor()
      await page.getByRole("button", { name: "Run it with the changes" }).click()
      await page.waitForURL((url) => url.pathname.startsWith("/ui/jobs/") && !url.pathname.endsWith(id))
      await result(page).getByText("Goodbye").waitFor()
      await request(page).getByText("9007199254740993").waitFor()
      await page.getByRole("region", { name: "Facts" }).getByText("mock/another").waitFor()
      await page.getByRole("link", { name: `${id.slice(0, 13)}…` }).click()
      await page.getByText("Replayed as").waitFor()
      expect(complaints).toEqual([])
    })

    test("is compared with what it replays, word by word", async () => {
      const [one, two] = [await answer("the quick brown fox"), await answer("the slow brown dog")]
      const { page } = await visit(`${gateway.url}/ui/compare`)
      await page.getByLabel("First job").fill(one)
      await page.getByLabel("Second job").fill(two)
      await page.getByRole("button", { name: "Compare" }).click()
      await page.getByRole("heading", { name: "Answers" }).waitFor()
      await page.locator("ins").first().waitFor()
      expect(await page.locator("del").allTextContents()).toEqual(["quick", "fox"])
      expect(await page.locator("ins").allTextContents()).toEqual(["slow", "dog"])
      await page.getByText("Both were asked the same.").waitFor()
    })
  })
})

describeInBrowser("where ui.bodies is false", () => {
  test("no request and no result is shown or asked for, and a job can be replayed with another model all the same", async () => {
    const own = await launch({ config: { ui: { bodies: false } } })
    try {
      const id = await own.accept(chat({ messages: [{ role: "user", content: "a secret question" }] }))
      await own.end(id)
      const { page, requested } = await visit(`${own.url}/ui/jobs/${id}`)
      await page.getByText("Requests and results are not shown").waitFor()
      expect(await page.getByText("secret").count()).toBe(0)
      await page.getByRole("button", { name: "Replay…" }).click()
      await page.getByLabel("Model").fill("mock/another")
      await page.getByRole("button", { name: "Run it with the changes" }).click()
      await page.getByRole("region", { name: "Facts" }).getByText("mock/another").waitFor()
      expect(requested.filter((asked) => asked.includes("/request"))).toEqual([])
    } finally {
      await own.dispose()
    }
  })
})
