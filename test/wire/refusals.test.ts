// Sections 3, 4 and 5 of the wire contract: what is refused, in which order, in which words, and the error object of refusals and failed jobs.
// Stores that cannot be written or read: test/program/health.test.ts.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Job, launch, chat as request } from "../harness.ts"
import {
  describeHere,
  expectRefusal,
  NO_JOB,
  openWire,
  type Refusal,
  testHere,
  UNKNOWN_KEY,
  virtualKeys,
  type Wire,
} from "./gateway.ts"
import { type Recorder, silent, startRecorder } from "./recorder.ts"
import { chat, findType, type Members, oneOfEachForm, type RequestType, types } from "./types.ts"

let upstream: Recorder
let wire: Wire
beforeAll(async () => {
  upstream = startRecorder()
  const at = (base_url: string, over = {}) => ({ network_config: { base_url, max_retries: 0, ...over } })
  wire = await openWire({
    client: { max_request_body_size_mb: 1 },
    providers: {
      up: at(upstream.url),
      slow: at(upstream.url, { default_request_timeout_in_seconds: 1 }),
      closed: at("http://127.0.0.1:1"),
      retrying: at(upstream.url, { max_retries: 2, retry_backoff_initial: 1, retry_backoff_max: 2 }),
    },
  })
})
afterAll(async () => {
  await wire.dispose()
  await upstream.stop()
})

/** Refused as expected, for this type, and nothing of it stored. */
async function expectRefused(type: RequestType, send: () => Promise<Response>, expected: Refusal): Promise<Job> {
  const error = await expectRefusal(await send(), expected)
  expect(error.extra_fields.request_type ?? type.requestType).toBe(type.requestType)
  return error
}

/** Rows of every table that a submit writes, once what was refused before is cleared away: a later job is stored after that. */
async function rowsAfter(type: RequestType): Promise<number[]> {
  const { id } = await wire.accept(type)
  expect((await wire.fetch(`${type.path}/${id}`, { method: "DELETE" })).status).toBe(204)
  return ["jobs", "bodies", "uploads"].map((table) => wire.own.count(table))
}

/** The models that a request type refuses, whatever else is in the request. */
const models: { name: string; model: unknown; message: string | RegExp; code?: string }[] = [
  { name: "missing", model: undefined, message: "model is required" },
  { name: "empty", model: "", message: "model is required" },
  { name: "without a provider", model: "gpt-4o", message: "model must be in the format 'provider/model'" },
  { name: "that ends at the slash", model: "mock/", message: "model must be in the format 'provider/model'" },
  { name: "that starts at the slash", model: "/echo", message: "model must be in the format 'provider/model'" },
]

describe.each(types)("$requestType refuses with 400", (type) => {
  test.each(models)("a model $name", async ({ model, message }) => {
    const code = "invalid_request"
    await expectRefused(type, () => wire.submit(type, { model }), { status: 400, message, code, param: "model" })
  })

  test("a provider that is not known, naming the nearest one that is", async () => {
    const message = /^unknown provider 'opnai': did you mean 'openai'\?/
    const error = await expectRefused(type, () => wire.submit(type, { model: "opnai/gpt/4" }), {
      status: 400,
      message,
      code: "unknown_provider",
      param: "model",
    })
    expect(error.extra_fields).toEqual({
      provider: "opnai",
      model_requested: "gpt/4",
      original_model_requested: "gpt/4",
      request_type: type.requestType,
    })
    expect(Object.keys(error.extra_fields)).toEqual([
      "provider",
      "model_requested",
      "original_model_requested",
      "request_type",
    ])
  })

  testHere("a provider that does not serve this type, or has no key for it", async () => {
    const isServed = !["rerank", "ocr"].includes(type.requestType)
    await expectRefused(
      type,
      () => wire.submit(type, { model: "openai/gpt-4o" }),
      isServed
        ? {
            status: 400,
            message:
              "no keys found for provider: openai and model: gpt-4o: set OPENAI_API_KEY, or add a key to providers.openai.keys in config.json, or send your own as Authorization: Bearer",
            code: "no_keys",
          }
        : {
            status: 400,
            message: `${type.requestType} is not supported by openai provider`,
            code: "unsupported_operation",
          },
    )
  })

  test("a virtual key that is not known", async () => {
    await expectRefused(type, () => wire.submit(type, {}, { "x-bf-vk": UNKNOWN_KEY }), {
      status: 400,
      message: "virtual key not found",
      code: "virtual_key_not_found",
    })
  })

  const badFallbacks: [fallbacks: unknown, code: string, message: RegExp, param: string][] = [
    [7, "invalid_request", /^fallbacks must be a list/, "fallbacks"],
    [["mock/b", "gpt"], "invalid_request", /^fallbacks\[1\] must be in the format 'provider\/model'/, "fallbacks[1]"],
    [["nobody/b"], "unknown_provider", /^unknown provider 'nobody'/, "fallbacks[0]"],
  ]
  testHere.each(type.form === "json" ? badFallbacks : [])("fallbacks %j", async (fallbacks, code, message, param) => {
    await expectRefused(type, () => wire.submit(type, { fallbacks }), { status: 400, message, code, param })
  })

  test("a model that is given twice", async () => {
    const model = JSON.stringify(type.model)
    const text = JSON.stringify(type.members).replace("{", `{"model":${model},"mod\\u0065l":${model},`)
    const send = () =>
      type.form === "json" ? wire.post(type.path, text) : wire.submit(type, { model: [type.model, type.model] })
    await expectRefused(type, send, { status: 400, message: "model is given twice: send it once", param: "model" })
  })

  testHere("and nothing of what it refused is stored", async () => {
    const before = await rowsAfter(type)
    for (const { model } of models) await wire.submit(type, { model })
    await wire.submit(type, {}, { "x-bf-vk": UNKNOWN_KEY })
    for (const stream of type.stream ? [type.stream] : []) await wire.submit(type, stream.members)
    expect(await rowsAfter(type)).toEqual(before)
  })
})

test.each(types.filter(({ stream }) => stream !== null))("$requestType refuses a stream", async (type) => {
  const { members = {}, refusal = "" } = type.stream ?? {}
  await expectRefused(type, () => wire.submit(type, members), {
    status: 400,
    message: refusal,
    code: "invalid_request",
    param: Object.keys(members)[0] ?? "",
  })
})

test.each(types.filter(({ stream }) => stream !== null))("$requestType takes stream false", async (type) => {
  const members = type.requestType === "speech" ? { stream_format: "audio" } : { stream: false }
  expect((await wire.submit(type, members)).status).toBe(202)
})

describe("a member that is required", () => {
  const document = (over: Members) => ({ document: { type: "document_url", ...over } })
  const empty = (name: string) => new File([], name, { type: "application/octet-stream" })
  const rows: [type: string, over: Members, message: string, param: string][] = [
    ...[undefined, null, "", []].map((prompt): (typeof rows)[number] => [
      "text_completion",
      { prompt },
      "prompt is required for text completion",
      "prompt",
    ]),
    ...[undefined, null, []].map((messages): (typeof rows)[number] => [
      "chat_completion",
      { messages },
      "messages is required for chat completion",
      "messages",
    ]),
    ...[undefined, null, "", []].map((input): (typeof rows)[number] => [
      "responses",
      { input },
      "input is required for responses",
      "input",
    ]),
    ...[undefined, null, "", []].map((input): (typeof rows)[number] => [
      "embedding",
      { input },
      "input is required for embeddings",
      "input",
    ]),
    ["speech", { input: undefined }, "input is required for speech completion", "input"],
    ["speech", { input: "" }, "input is required for speech completion", "input"],
    ["speech", { input: undefined, voice: undefined }, "input is required for speech completion", "input"],
    ["speech", { voice: undefined }, "voice is required for speech completion", "voice"],
    ["speech", { voice: "" }, "voice is required for speech completion", "voice"],
    ["transcription", { file: undefined }, "file is required", "file"],
    ["transcription", { file: "a text, not a file" }, "file is required", "file"],
    ["transcription", { file: empty("a.wav") }, "file is required", "file"],
    ["image_generation", { prompt: undefined }, "prompt cannot be empty", "prompt"],
    ["image_generation", { prompt: "" }, "prompt cannot be empty", "prompt"],
    ["image_edit", { image: undefined }, "at least one image is required", "image"],
    ["image_edit", { image: "a text, not a file" }, "at least one image is required", "image"],
    ["image_edit", { image: empty("a.png") }, "at least one image is required", "image"],
    ["image_variation", { image: undefined }, "at least one image is required", "image"],
    ["rerank", { query: undefined }, "query is required for rerank", "query"],
    ["rerank", { query: "" }, "query is required for rerank", "query"],
    ["rerank", { documents: undefined }, "documents are required for rerank", "documents"],
    ["rerank", { documents: [] }, "documents are required for rerank", "documents"],
    ["rerank", { documents: ["a", ""] }, "document text is required for rerank at index 1", "documents[1]"],
    ["rerank", { documents: [{ text: "" }] }, "document text is required for rerank at index 0", "documents[0]"],
    [
      "rerank",
      { documents: ["a", "b", { id: "c" }] },
      "document text is required for rerank at index 2",
      "documents[2]",
    ],
    ["rerank", { top_n: 0 }, "top_n must be at least 1", "top_n"],
    ["rerank", { top_n: -1 }, "top_n must be at least 1", "top_n"],
    ["ocr", { document: undefined }, "document type is required for ocr", "document.type"],
    ["ocr", { document: {} }, "document type is required for ocr", "document.type"],
    ["ocr", document({}), "document_url is required when document type is document_url", "document.document_url"],
    [
      "ocr",
      document({ document_url: "" }),
      "document_url is required when document type is document_url",
      "document.document_url",
    ],
    [
      "ocr",
      document({ type: "image_url" }),
      "image_url is required when document type is image_url",
      "document.image_url",
    ],
  ]
  test.each(rows)("%s with %j: %s", async (name, over, message, param) => {
    const type = findType(name)
    await expectRefused(type, () => wire.submit(type, over), { status: 400, message, code: "invalid_request", param })
  })

  test("of an image edit in JSON is the same one", async () => {
    const body = JSON.stringify({ model: "mock/image", prompt: "Make it night" })
    const type = findType("image_edit")
    await expectRefused(type, () => wire.post(type.path, body), {
      status: 400,
      message: "at least one image is required",
    })
  })
})

describe("a member of a wrong type is refused with 400 that names it", () => {
  const rows: [type: string, over: Members, message: string, param: string][] = [
    ["text_completion", { prompt: 1 }, "prompt must be a string or an array", "prompt"],
    ["chat_completion", { messages: "x" }, "messages must be an array", "messages"],
    ["chat_completion", { messages: [1] }, "messages[0] must be an object", "messages[0]"],
    ["chat_completion", { messages: [{}] }, "messages[0].role is required", "messages[0].role"],
    ["chat_completion", { stream: "true" }, "stream must be a boolean or null", "stream"],
    ["chat_completion", { model: 7 }, "model must be a string in the format 'provider/model'", "model"],
    ["responses", { input: 1 }, "input must be a string or an array", "input"],
    ["embedding", { input: {} }, "input must be a string or an array", "input"],
    ["speech", { input: ["x"] }, "input must be a string", "input"],
    ["speech", { voice: 1 }, "voice must be a string or an object", "voice"],
    ["image_generation", { prompt: 1 }, "prompt must be a string", "prompt"],
    ["rerank", { query: 1 }, "query must be a string", "query"],
    ["rerank", { documents: "x" }, "documents must be an array", "documents"],
    ["rerank", { top_n: "3" }, "top_n must be an integer", "top_n"],
    ["ocr", { document: "x" }, "document must be an object", "document"],
  ]
  test.each(rows)("%s with %j: %s", async (name, over, message, param) => {
    const type = findType(name)
    await expectRefused(type, () => wire.submit(type, over), { status: 400, message, code: "invalid_request", param })
  })
})

describe.each(types.filter(({ form }) => form === "json"))("a body for $path", ({ path, ...type }) => {
  const refused = (send: () => Promise<Response>, message: RegExp) =>
    expectRefused({ path, ...type }, send, { status: 400, message, code: "invalid_json" })

  test.each([
    ["is empty", "", /^the body is empty/],
    ["is no JSON", "{a", /^the body is not valid JSON: .* at line 1, column 2$/],
    ["breaks off", '{"model":', /^the body is not valid JSON/],
    ["has a comment", '{"model":"m",/* x */"n":1}', /a comment at line 1, column 14$/],
    ["is a list", "[]", /^the body must be a JSON object/],
    ["is a text", '"x"', /^the body must be a JSON object/],
    ["is null", "null", /^the body must be a JSON object/],
  ])("that %s is refused with 400", async (_, body, message) => {
    await refused(() => wire.post(path, body), message)
  })

  test("that is no UTF-8 is refused with 400", async () => {
    await refused(() => wire.post(path, new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])), /UTF-8/)
  })

  test.each([
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/jsonx",
  ])("of type %s is refused with 415", async (type) => {
    await expectRefusal(await wire.post(path, "{}", { "content-type": type }), {
      status: 415,
      message: /send content-type: application\/json$/,
      code: "unsupported_media_type",
    })
  })
})

describe("a JSON body", () => {
  const { model, members } = chat
  const start = JSON.stringify({ model, ...members }).slice(0, -1)

  test.each([
    ["100,000 brackets inside", `${start},"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, /nests 100001 deep/],
    ["100,000 open brackets", "[".repeat(100_000), /nests too deep/],
  ])("of %s is refused with 400", async (_, body, message) => {
    await expectRefusal(await wire.post(chat.path, body), { status: 400, message, code: "invalid_json" })
  })

  test.each(["application/json", "APPLICATION/JSON", "application/json; charset=utf-8", "application/vnd.api+json"])(
    "of type %s is read",
    async (type) => {
      expect((await wire.submit(chat, {}, { "content-type": type })).status).toBe(202)
    },
  )

  test("without a type is read", async () => {
    const body = new Blob([JSON.stringify({ model, ...members })])
    expect((await wire.fetch(chat.path, { method: "POST", body })).status).toBe(202)
  })
})

describe.each(types.filter(({ form }) => form === "multipart"))("a form for $path", (type) => {
  const send = (body: string, contentType = "multipart/form-data; boundary=b") =>
    wire.post(type.path, body, { "content-type": contentType })

  test.each([
    ["is empty", "", /^the body is empty/],
    ["is none", "hello", /^the body has no line that begins with/],
    [
      "breaks off",
      '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nmock',
      /^the form ends within part "model"/,
    ],
    ["has a part without a name", "--b\r\ncontent-disposition: form-data\r\n\r\nx\r\n--b--\r\n", /^part 1 has no name/],
    ["has no line ends of its own", "--b\ncontent-disposition: form-data\n\nx\n--b--\n", /CRLF/],
  ])("that %s is refused with 400", async (_, body, message) => {
    await expectRefused(type, () => send(body), { status: 400, message, code: "invalid_request" })
  })

  test.each(["model", "stream", "fallbacks"])("with a file named %s is refused with 400", async (name) => {
    const given = name === "model" ? { model: new File(["mock/a"], "a") } : { [name]: new File(["x"], "a") }
    await expectRefused(type, () => wire.submit(type, given), {
      status: 400,
      message: `${name} must be a text field, not a file`,
      code: "invalid_request",
      param: name,
    })
  })

  test("whose type names no boundary is refused with 400", async () => {
    await expectRefused(type, () => send("x", "multipart/form-data"), { status: 400, message: /boundary/ })
  })

  test("of a type that is none is refused with 415", async () => {
    const wanted = type.requestType === "image_edit" ? "multipart/form-data or application/json" : "multipart/form-data"
    const expected = {
      status: 415,
      message: new RegExp(`send content-type: ${wanted}$`),
      code: "unsupported_media_type",
    }
    await expectRefusal(await send("x", "text/plain"), expected)
    if (type.requestType !== "image_edit") await expectRefusal(await send("{}", "application/json"), expected)
  })
})

describe.each(oneOfEachForm)("for $path", (type) => {
  test("a compressed body is refused with 415", async () => {
    const response = await wire.submit(type, {}, { "content-encoding": "gzip" })
    await expectRefusal(response, { status: 415, message: /^content-encoding "gzip" cannot be read here/ })
  })
})

describeHere.each(oneOfEachForm)("a body for $path over the limit", (type) => {
  const contentType = type.form === "json" ? "application/json" : "multipart/form-data; boundary=b"
  const head =
    type.form === "json" ? '{"x":"' : '--b\r\ncontent-disposition: form-data; name="image"; filename="a"\r\n\r\n'
  const bytes = Buffer.concat([Buffer.from(head), Buffer.alloc(2 * 1024 * 1024, "x")])

  test.each([
    ["with its length known", () => new Uint8Array(bytes)],
    [
      "in chunks of unknown number",
      () => {
        let at = 0
        return new ReadableStream({
          pull(controller) {
            if (at >= bytes.length) return controller.close()
            controller.enqueue(new Uint8Array(bytes.subarray(at, at + 65_536)))
            at += 65_536
          },
        })
      },
    ],
  ])("is refused with 413, %s, naming the limit and its setting", async (_, body) => {
    const before = await rowsAfter(type)
    const response = await wire.fetch(type.path, {
      method: "POST",
      headers: { "content-type": contentType },
      body: body(),
    })
    await expectRefusal(response, {
      status: 413,
      message: "the body is larger than 1 MB: send less, or raise client.max_request_body_size_mb in config.json",
      code: "request_too_large",
    })
    expect(await rowsAfter(type)).toEqual(before)
  })
})

describeHere("the order of checks at submit", () => {
  const tooLongKey = { "idempotency-key": "x".repeat(256) }
  const unknownKey = { "x-bf-vk": UNKNOWN_KEY }

  test.each(types)(
    "of $requestType: body, fields, stream, model, provider, credentials, other headers",
    async (type) => {
      const [required = ""] = Object.keys(type.members)
      const missing = { [required]: undefined }
      const stream = type.stream?.members ?? {}
      const headers = { ...unknownKey, ...tooLongKey }
      const isServed = !["rerank", "ocr"].includes(type.requestType)
      const broken = () =>
        type.form === "json"
          ? wire.post(type.path, "{", headers)
          : wire.post(type.path, "--x", { ...headers, "content-type": "multipart/form-data; boundary=x" })
      const steps: [send: () => Promise<Response>, message: RegExp][] = [
        [broken, /^the (body|form)/],
        [() => wire.submit(type, { model: undefined, ...stream, ...missing }, headers), /required|cannot be empty/],
        [
          () => wire.submit(type, { model: undefined, ...stream }, headers),
          type.stream ? /^stream is not supported/ : /^model is required$/,
        ],
        [() => wire.submit(type, { model: undefined }, headers), /^model is required$/],
        [() => wire.submit(type, { model: "none" }, headers), /^model must be in the format/],
        [() => wire.submit(type, { model: "nobody/x" }, headers), /^unknown provider 'nobody'/],
        [
          () => wire.submit(type, { model: "openai/x" }, headers),
          isServed ? /^virtual key not found$/ : /is not supported by openai provider$/,
        ],
        [() => wire.submit(type, {}, headers), /^virtual key not found$/],
        [
          () => wire.submit(type, { model: "openai/x" }, tooLongKey),
          isServed ? /^no keys found for provider: openai and model: x: / : /is not supported by openai provider$/,
        ],
        [() => wire.submit(type, {}, tooLongKey), /^Idempotency-Key has 256 characters/],
      ]
      for (const [send, message] of steps) await expectRefused(type, send, { status: 400, message })
      expect((await wire.submit(type)).status).toBe(202)
    },
  )
})

describe("a poll", () => {
  test.each([NO_JOB, "no-uuid", "%00", "'; DROP TABLE jobs; --", "x".repeat(5000)])(
    "of an id that was never given out answers 404: %p",
    async (id) => {
      await expectRefusal(await wire.poll(chat, encodeURIComponent(id)), {
        status: 404,
        message: "job not found or expired",
        code: "job_not_found",
      })
    },
  )

  testHere("is checked in order: the row, then the key, then the type", async () => {
    const { id } = await wire.run(chat, {}, { "x-bf-vk": virtualKeys.a })
    const other = findType("ocr")
    const says = async (type: RequestType, jobId: string, key?: string) => {
      const response = await wire.poll(type, jobId, key === undefined ? {} : { "x-bf-vk": key })
      expect(response.status).toBe(404)
      return ((await response.json()) as Job).error.message
    }
    expect(await says(other, NO_JOB, UNKNOWN_KEY)).toBe("job not found or expired")
    expect(await says(other, id)).toBe("virtual key is required")
    expect(await says(other, id, UNKNOWN_KEY)).toBe("virtual key not found")
    expect(await says(other, id, virtualKeys.b)).toBe("virtual key mismatch")
    expect(await says(other, id, virtualKeys.a)).toBe("operation type mismatch")
  })
})

describeHere("the error object of a failed job", () => {
  const failed = async (over: Members) => {
    const job = await wire.run(chat, over)
    expect(job.status).toBe("failed")
    expect(job.status_code).toBe(job.error.status_code)
    return job.error as Job
  }
  const fields = (provider: string) => ({
    provider,
    model_requested: "m/x",
    original_model_requested: "m/x",
    request_type: "chat_completion",
  })

  test("keeps the provider's status, type, code, message and param in error", async () => {
    const said = { message: "too long", type: "invalid_request_error", param: "messages", code: "context_length" }
    upstream.answer(() => Response.json({ error: said }, { status: 422 }))
    const error = await failed({ model: "up/m/x" })
    upstream.answer(null)
    expect(Object.keys(error)).toEqual(["is_bifrost_error", "status_code", "error", "extra_fields"])
    expect(Object.keys(error.error)).toEqual(["type", "code", "message", "param"])
    expect(error).toEqual({ is_bifrost_error: false, status_code: 422, error: said, extra_fields: fields("up") })
    expect(Object.keys(error.extra_fields)).toEqual(Object.keys(fields("up")))
  })

  test("of the gateway's own making has its type outside too", async () => {
    const error = await failed({ model: "closed/m/x" })
    expect(Object.keys(error)).toEqual(["type", "is_bifrost_error", "status_code", "error", "extra_fields"])
    expect(Object.keys(error.error)).toEqual(["type", "code", "message"])
    expect(error).toMatchObject({ is_bifrost_error: false, extra_fields: fields("closed") })
    expect(error.error.type).toBe(error.type)
  })

  const refuse = (status: number) => () => Response.json({ error: { message: "no" } }, { status })
  const rows: [name: string, model: string, answer: (() => Response | Promise<Response>) | null, status: number][] = [
    ["request_timed_out", "slow/m", silent, 504],
    ["provider_connection_failed", "closed/m", null, 502],
    ["upstream_credentials_exhausted", "up/m", refuse(401), 502],
    ["upstream_credentials_exhausted", "up/m", refuse(402), 502],
    ["upstream_credentials_exhausted", "up/m", refuse(403), 502],
    ["unreadable_response", "up/m", () => new Response("Welcome"), 502],
    ["upstream_redirect", "up/m", () => Response.redirect("http://127.0.0.1:1/"), 502],
  ]
  test.each(rows)("is %s for a call to %s", async (name, model, answer, status) => {
    upstream.answer(answer)
    const error = await failed({ model })
    upstream.answer(null)
    expect(error).toMatchObject({ type: name, status_code: status, error: { type: name } })
  })

  test("of a provider that never stops failing is the provider's last", async () => {
    let calls = 0
    upstream.answer(() => Response.json({ error: { message: `busy ${++calls}` } }, { status: 503 }))
    const error = await failed({ model: "retrying/m" })
    upstream.answer(null)
    expect(error).toMatchObject({ status_code: 503, error: { message: "busy 3" } })
  })
})

testHere("nothing that was refused has left a 500 or a stack trace behind", () => {
  const lines = wire.own
    .log()
    .split("\n")
    .filter((line) => line !== "")
  expect(lines.filter((line) => JSON.parse(line).event !== "job failed")).toEqual([])
})

describeHere("a full queue", () => {
  test("refuses with 429, Retry-After and queue_full, and nothing is stored", async () => {
    const config = { providers: { mock: { concurrency_and_buffer_size: { concurrency: 1, buffer_size: 1 } } } }
    const gateway = await launch({ config })
    const running = await gateway.accept(request({ mock: { hang: true } }))
    while (gateway.count("jobs", `id = '${running}' AND state = 'running'`) === 0) await gateway.poll(running)
    await gateway.accept(request())
    const response = await gateway.submit(request())
    expect(response.status).toBe(429)
    expect(response.headers.get("retry-after")).toMatch(/^\d+$/)
    expect(await response.json()).toMatchObject({ type: "rate_limited", error: { code: "queue_full" } })
    expect(gateway.count("jobs")).toBe(2)
    await gateway.dispose()
  })
})
