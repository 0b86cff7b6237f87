// Files and batches through OpenAI's client, against the whole program.
import { afterAll, describe, expect, test } from "bun:test"
import OpenAI, { BadRequestError, NotFoundError, toFile } from "openai"
import type { Batch } from "openai/resources/batches"
import { catchError } from "../catcherror.ts"
import { launch } from "../harness.ts"
import { completion, configFor, startUpstream } from "../upstream.ts"

const upstream = startUpstream()
const gateway = await launch({
  config: { providers: { mock: { network_config: { max_retries: 0 } }, ...configFor(upstream).providers } },
})
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "none", maxRetries: 0 })
const CHAT = "/v1/chat/completions"

interface Line {
  custom_id: string
  method: string
  url: string
  body: Record<string, unknown>
}

const line = (id: string, over: object = {}, url: string = CHAT): Line => ({
  ...{ custom_id: id, method: "POST", url },
  body: { model: "mock/echo", messages: [{ role: "user", content: id }], ...over },
})
const jsonl = (lines: readonly object[]) => lines.map((each) => `${JSON.stringify(each)}\n`).join("")

async function upload(text: string | Uint8Array, name = "in.jsonl") {
  return await openai.files.create({ file: await toFile(Buffer.from(text), name), purpose: "batch" })
}

async function create(text: string | Uint8Array, over: Partial<OpenAI.BatchCreateParams> = {}): Promise<Batch> {
  const file = await upload(text)
  return await openai.batches.create({
    input_file_id: file.id,
    endpoint: CHAT,
    completion_window: "24h",
    ...over,
  })
}

/** The batch once it has one of these statuses. */
async function until(batch: Batch, ...statuses: Batch["status"][]): Promise<Batch> {
  for (;;) {
    const now = await openai.batches.retrieve(batch.id)
    if (statuses.includes(now.status)) return now
  }
}

const ends = ["completed", "failed", "expired", "cancelled"] as const

async function readLines(id: string | null | undefined): Promise<Record<string, unknown>[]> {
  if (!id) return []
  const text = await (await openai.files.content(id)).text()
  return text.split("\n").flatMap((each) => (each === "" ? [] : [JSON.parse(each)]))
}

describe("a file", () => {
  test("is uploaded, found, listed, downloaded and deleted", async () => {
    const text = jsonl([line("a")])
    const file = await upload(text)
    expect(file).toMatchObject({
      object: "file",
      bytes: text.length,
      filename: "in.jsonl",
      purpose: "batch",
      status: "processed",
    })
    expect(file.expires_at).toBe(file.created_at + 30 * 86_400)
    expect(await openai.files.retrieve(file.id)).toEqual(file)
    const listed: string[] = []
    for await (const each of openai.files.list({ purpose: "batch", limit: 1, order: "desc" })) listed.push(each.id)
    expect(listed).toContain(file.id)
    expect(await (await openai.files.content(file.id)).text()).toBe(text)
    expect(await openai.files.delete(file.id)).toEqual({ id: file.id, object: "file", deleted: true })
    expect(await catchError(openai.files.retrieve(file.id))).toBeInstanceOf(NotFoundError)
    expect(await catchError(openai.files.content(file.id))).toBeInstanceOf(NotFoundError)
  })

  test("of 3 MB comes back byte for byte, and keeps for as long as was asked", async () => {
    const bytes = new Uint8Array(3_000_000).map((_, at) => (at * 31) % 251)
    const file = await openai.files.create({
      file: await toFile(bytes, "a.bin"),
      purpose: "user_data",
      expires_after: { anchor: "created_at", seconds: 3600 },
    })
    expect(file.expires_at).toBe(file.created_at + 3600)
    expect(Buffer.from(await (await openai.files.content(file.id)).arrayBuffer()).equals(Buffer.from(bytes))).toBe(true)
  })

  test("is refused with more text beside its content than a form needs, and text that looks like an end is content", async () => {
    const form = new FormData()
    form.set("purpose", "user_data")
    form.set("file", new File(["\r\n--".repeat(100_000)], "dashes.bin"))
    const kept = (await (await gateway.fetch("/v1/files", { method: "POST", body: form })).json()) as { bytes: number }
    expect(kept.bytes).toBe(400_000)
    form.set("x", "y".repeat(70_000))
    const response = await gateway.fetch("/v1/files", { method: "POST", body: form })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ error: { code: "request_too_large" } })
  })

  test("that two delete at the same time is deleted by one, and not found by the other", async () => {
    const { id } = await upload(jsonl([line("a")]))
    const both = [1, 2].map(() => gateway.fetch(`/v1/files/${id}`, { method: "DELETE" }))
    expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([200, 404])
  })

  test.each([
    ["without a purpose", { file: "a" }, "missing_required_parameter", "purpose"],
    ["without a file", { purpose: "batch" }, "missing_required_parameter", "file"],
    ["with an unknown purpose", { file: "a", purpose: "fun" }, "invalid_request", "purpose"],
    ["for a batch that is no .jsonl", { file: "a", purpose: "batch", name: "in.csv" }, "invalid_request", "file"],
    ["with an unknown field", { file: "a", purpose: "batch", x: "1" }, "invalid_request", "x"],
    [
      "that expires too soon",
      { file: "a", purpose: "batch", "expires_after[anchor]": "created_at", "expires_after[seconds]": "60" },
      "invalid_request",
      "expires_after.seconds",
    ],
  ])(
    "%s is refused, and nothing of it is left",
    async (_, { file, name, ...fields }: Record<string, string | undefined>, code, param) => {
      const form = new FormData()
      for (const [field, value] of Object.entries(fields)) form.set(field, value ?? "")
      if (file !== undefined) form.set("file", new File([file], name ?? "in.jsonl"))
      const before = (await openai.files.list()).data.length
      const response = await gateway.fetch("/v1/files", { method: "POST", body: form })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: { code, param } })
      expect((await openai.files.list()).data.length).toBe(before)
    },
  )
})

describe("a batch", () => {
  test("is created, runs over several providers, and its two files have every line in its order", async () => {
    upstream.answer(() => completion("from afar"))
    const lines = [line("one"), line("two", { model: "up/m" }), line("three", { messages: 1 }), line("four")]
    const batch = await create(jsonl(lines), { metadata: { night: "1" } })
    expect(batch).toMatchObject({ object: "batch", status: "validating", metadata: { night: "1" }, errors: null })
    const ended = await until(batch, ...ends)
    expect(ended).toMatchObject({ status: "completed", request_counts: { total: 4, completed: 3, failed: 1 } })
    expect(ended.in_progress_at).toBeNumber()
    expect(ended.completed_at).toBeNumber()
    const output = await readLines(ended.output_file_id)
    expect(output.map(({ custom_id }) => custom_id)).toEqual(["one", "two", "four"])
    expect(output[1]).toMatchObject({ error: null, response: { status_code: 200, body: { choices: [{}] } } })
    const errors = await readLines(ended.error_file_id)
    expect(errors).toMatchObject([
      { custom_id: "three", error: null, response: { status_code: 400, body: { error: { param: "messages" } } } },
    ])
  })

  test("is listed page by page, the newest first", async () => {
    const [first, second] = [await create(jsonl([line("a")])), await create(jsonl([line("b")]))]
    const page = await openai.batches.list({ limit: 1 })
    expect(page.data.map(({ id }) => id)).toEqual([second.id])
    expect(page.has_more).toBe(true)
    expect((await page.getNextPage()).data[0]?.id).toBe(first.id)
    await Promise.all([until(first, ...ends), until(second, ...ends)])
  })

  test("that is cancelled keeps its input until its end and what was answered, and says of the rest that it was not run", async () => {
    const lines = Array.from({ length: 5 }, (_, n) => line(`slow-${n}`, { mock: { latency_ms: 600_000 } }))
    const batch = await create(jsonl([line("quick"), ...lines]))
    await until(batch, "in_progress")
    while ((await openai.batches.retrieve(batch.id)).request_counts?.completed !== 1);
    expect(String(await catchError(openai.files.delete(batch.input_file_id)))).toContain("cancel that batch first")
    expect((await openai.batches.cancel(batch.id)).status).toBe("cancelling")
    expect((await openai.batches.cancel(batch.id)).status).toMatch(/cancell(ing|ed)/)
    const ended = await until(batch, ...ends)
    expect(ended).toMatchObject({ status: "cancelled", request_counts: { total: 6, completed: 1, failed: 5 } })
    expect((await readLines(ended.output_file_id)).map(({ custom_id }) => custom_id)).toEqual(["quick"])
    expect(await readLines(ended.error_file_id)).toMatchObject(
      lines.map(({ custom_id }) => ({ custom_id, response: null, error: { code: "batch_cancelled" } })),
    )
    expect((await openai.files.delete(batch.input_file_id)).deleted).toBe(true)
  }, 240_000)

  test("of which every line failed is completed, and has no output file", async () => {
    const ended = await until(await create(jsonl([line("a", { mock: { status: 400 } })])), ...ends)
    expect(ended).toMatchObject({ status: "completed", output_file_id: null, request_counts: { failed: 1 } })
    expect(await readLines(ended.error_file_id)).toHaveLength(1)
  })

  test("may end with empty lines, have CRLF and a byte order mark", async () => {
    const text = `\ufeff${JSON.stringify(line("a"))}\r\n${JSON.stringify(line("b"))}\r\n\r\n\n`
    const ended = await until(await create(text), ...ends)
    expect(ended).toMatchObject({ status: "completed", request_counts: { total: 2, completed: 2 } })
  })

  const wrong: [string, string | Uint8Array, string, number | null][] = [
    ["no JSON", `${JSON.stringify(line("a"))}\n{`, "invalid_json_line", 2],
    [
      "an empty line in the middle",
      `${JSON.stringify(line("a"))}\n\n${JSON.stringify(line("b"))}`,
      "invalid_json_line",
      2,
    ],
    ["a custom_id twice", jsonl([line("a"), line("b"), line("a")]), "duplicate_custom_id", 3],
    ["another url", jsonl([line("a", {}, "/v1/responses")]), "url_mismatch", 1],
    ["a stream", jsonl([line("a", { stream: true })]), "invalid_request", 1],
    ["an unknown provider", jsonl([line("a", { model: "nobody/x" })]), "model_not_found", 1],
    ["no lines", "\n\n", "empty_file", null],
    ["nothing", "", "empty_file", null],
    [
      "more empty lines at its end than may be",
      `${JSON.stringify(line("a"))}${"\n".repeat(1002)}`,
      "invalid_json_line",
      2,
    ],
    ["bytes that are no UTF-8", new Uint8Array([123, 255, 125]), "invalid_json_line", 1],
    ["100,000 levels", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, "invalid_json_line", 1],
    ["50,001 lines", jsonl(Array.from({ length: 50_001 }, (_, n) => line(String(n)))), "too_many_tasks", null],
  ]
  test.each(wrong)(
    "with %s fails with the code and the line, and runs nothing",
    async (_, text, code, at) => {
      const ended = await until(await create(text), ...ends)
      expect(ended).toMatchObject({ status: "failed", output_file_id: null, error_file_id: null })
      expect(ended.errors?.data?.[0]).toMatchObject({ code, line: at })
      expect(ended.failed_at).toBeNumber()
    },
    240_000,
  )

  test.each([
    ["previous_response_id", `resp_${"0".repeat(12)}7${"0".repeat(19)}`],
    ["conversation", `conv_${"0".repeat(12)}7${"0".repeat(19)}`],
    ["conversation", { id: `conv_${"0".repeat(12)}7${"0".repeat(19)}` }],
  ])("with a line that continues something of the gateway by %s says so", async (name, value) => {
    const endpoint = "/v1/responses"
    const body = { messages: undefined, input: "x", [name]: value }
    const ended = await until(await create(jsonl([line("a", body, endpoint)]), { endpoint }), ...ends)
    expect(ended).toMatchObject({ status: "failed" })
    expect(ended.errors?.data?.[0]).toMatchObject({ code: "invalid_request", param: `body.${name}`, line: 1 })
  })

  test("lists twenty errors at most", async () => {
    const ended = await until(await create(jsonl(Array.from({ length: 30 }, () => ({})))), ...ends)
    expect(ended.errors?.data).toHaveLength(20)
  })

  test("is refused at once without a member, with an unknown file, endpoint or window", async () => {
    const file = await upload(jsonl([line("a")]))
    const picture = await openai.files.create({ file: await toFile(Buffer.from("x"), "a.png"), purpose: "vision" })
    const right = { input_file_id: file.id, endpoint: CHAT, completion_window: "24h" } as const
    const refused: [object, string, string][] = [
      [{ input_file_id: undefined }, "missing_required_parameter", "input_file_id"],
      [{ endpoint: undefined }, "missing_required_parameter", "endpoint"],
      [{ completion_window: undefined }, "missing_required_parameter", "completion_window"],
      [{ input_file_id: "file-x" }, "file_not_found", "id"],
      [{ input_file_id: picture.id }, "invalid_request", "input_file_id"],
      [{ endpoint: "/v1/moderations" }, "invalid_request", "endpoint"],
      [{ completion_window: "99d" }, "invalid_request", "completion_window"],
      [{ metadata: { a: 1 } }, "invalid_request", "metadata"],
      [
        { output_expires_after: { anchor: "created_at", seconds: 1 } },
        "invalid_request",
        "output_expires_after.seconds",
      ],
      [{ nonsense: 1 }, "invalid_request", "nonsense"],
    ]
    for (const [over, code, param] of refused) {
      const refusal = await openai.batches.create({ ...right, ...over } as never).catch((error: unknown) => error)
      expect(refusal).toMatchObject({ code, param })
      expect(refusal).toBeInstanceOf(code === "file_not_found" ? NotFoundError : BadRequestError)
    }
  })

  test("serves the other prefixes of OpenAI's clients", async () => {
    const azure = new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: "none" })
    const batch = await create(jsonl([line("a")]))
    expect((await azure.batches.retrieve(batch.id)).id).toBe(batch.id)
    expect((await azure.files.retrieve(batch.input_file_id)).id).toBe(batch.input_file_id)
    expect(await (await azure.files.content(batch.input_file_id)).text()).toContain('"a"')
    await until(batch, ...ends)
  })
})
