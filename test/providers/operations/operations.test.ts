import { describe, expect, test } from "bun:test"
import { createHash, createHmac } from "node:crypto"
import type { Outcome } from "../../../src/call.ts"
import { vertexRanking } from "../../../src/providers/operations/access.ts"
import { getOperation, operationAdapters, operations } from "../../../src/providers/operations/operationadapters.ts"
import { type Asking, exercise, type Fields, jsonIn, NOW, type Received, resultIn } from "./exercise.ts"

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
const vectors = (texts: unknown[]) => ({ embeddings: { float: texts.map((text) => [Number(text), 1]) } })
const billed = (input_tokens: number) => ({ meta: { billed_units: { input_tokens } } })
const numbers = (count: number) => Array.from({ length: count }, (_, at) => String(at))

const embed: Asking = { operation: "cohere-embed", model: "embed-v4.0", request: { input: "hello" } }
const rank: Asking = { operation: "cohere-rerank", model: "rerank-v4.0-pro", request: { query: "q", documents: ["a"] } }
const talk: Asking = {
  operation: "cohere-chat",
  model: "command-a-03-2025",
  request: { messages: [{ role: "user", content: "Hi" }] },
}
const paint: Asking = { operation: "gemini-image", model: "gemini-2.5-flash-image", request: { prompt: "a dot" } }
const say: Asking = { operation: "elevenlabs-speech", model: "eleven_v3", request: { input: "Hi" } }
const speak: Asking = {
  operation: "gemini-speech",
  model: "gemini-3.8-flash-tts",
  request: { input: "Hi", voice: "Kore" },
}
const hear: Asking = {
  operation: "deepgram-transcription",
  model: "nova-3",
  form: { fields: [], files: [{ name: "file", fileName: "a.wav", bytes: Buffer.from("RIFF") }] },
}
const amazon: Asking = {
  operation: "bedrock-embed",
  model: "amazon.titan-embed-text-v2:0",
  request: { input: "hello" },
}

async function refusalOf(asking: Asking, status: number, body: unknown, headers: Record<string, string> = {}) {
  const { outcome } = await exercise(asking, () => Response.json(body, { status, headers }))
  if (outcome.kind !== "refused") throw new Error(`not refused: ${JSON.stringify(outcome)}`)
  return outcome
}

describe("texts beyond what one request may hold", () => {
  test("go out in several, and come back as one list in their order", async () => {
    const exercised = await exercise({ ...embed, request: { input: numbers(200) } }, ({ bytes }) => {
      const { texts } = JSON.parse(bytes.toString()) as { texts: string[] }
      return Response.json({ ...vectors(texts), ...billed(texts.length) })
    })
    const counts = exercised.received.map((one) => (jsonIn(one)["texts"] as unknown[]).length)
    expect(counts.sort((a, b) => b - a)).toEqual([96, 96, 8])
    const { data, usage } = resultIn(exercised) as { data: { index: number; embedding: number[] }[]; usage: unknown }
    expect(data.map(({ index, embedding }) => [index, embedding[0]])).toEqual(
      numbers(200).map((n) => [Number(n), Number(n)]),
    )
    expect(usage).toEqual({ prompt_tokens: 200, total_tokens: 200 })
  })

  test.each([
    ["gemini-embed", "gemini-embedding-001", 250, [100, 100, 50], "requests"],
    ["vertex-embed", "text-embedding-005", 251, [250, 1], "instances"],
    ["vertex-embed", "gemini-embedding-001", 3, [1, 1, 1], "instances"],
    ["bedrock-embed", "cohere.embed-english-v3", 100, [96, 4], "texts"],
    ["bedrock-embed", "amazon.titan-embed-text-v2:0", 6, [1, 1, 1, 1, 1, 1], "inputText"],
  ] as const)("%s splits %s as its document says", async (operation, model, count, sizes, member) => {
    const { received } = await exercise({ operation, model, request: { input: numbers(count) } }, () =>
      Response.json({}),
    )
    const sent = received.map((one) => [jsonIn(one)[member]].flat().length)
    expect(sent.sort((a, b) => b - a)).toEqual([...sizes])
  })

  test("are all lost with one of them: its refusal is the outcome", async () => {
    const { outcome, received } = await exercise({ ...embed, request: { input: numbers(96 * 6) } }, (_, index) =>
      index === 2
        ? Response.json({ message: "slow down" }, { status: 429, headers: { "retry-after": "7" } })
        : Response.json({ ...vectors(numbers(96)), ...billed(1) }),
    )
    expect(outcome).toMatchObject({
      kind: "refused",
      status: 429,
      retryAfterMs: 7000,
      refusal: { message: "slow down" },
    })
    expect(received).toHaveLength(4)
  })

  test("have no usage when one of the answers has none", async () => {
    const exercised = await exercise({ ...embed, request: { input: numbers(97) } }, ({ bytes }) => {
      const { texts } = JSON.parse(bytes.toString()) as { texts: string[] }
      return Response.json({ ...vectors(texts), ...(texts.length === 1 ? {} : billed(96)) })
    })
    expect(resultIn(exercised)).not.toHaveProperty("usage")
    expect(exercised.outcome).toMatchObject({ kind: "answered", usage: null, used: null, cost: null })
  })
})

describe("a refusal", () => {
  test.each<[string, Asking, number, unknown, Record<string, string>, Partial<Extract<Outcome, { kind: "refused" }>>]>([
    [
      "Cohere",
      embed,
      400,
      { id: "1", message: "invalid request" },
      {},
      { refusal: words({ message: "invalid request" }) },
    ],
    [
      "Google",
      paint,
      400,
      {
        error: {
          code: 400,
          message: "API key not valid.",
          status: "INVALID_ARGUMENT",
          details: [{ reason: "API_KEY_INVALID" }],
        },
      },
      {},
      {
        refusal: words({ type: "INVALID_ARGUMENT", code: "API_KEY_INVALID", message: "API key not valid." }),
        isKeyRefused: true,
      },
    ],
    [
      "Amazon",
      amazon,
      429,
      { message: "Too many requests" },
      { "x-amzn-errortype": "ThrottlingException:http://x/", "x-amzn-requestid": "r-1" },
      {
        refusal: words({ type: "ThrottlingException", message: "Too many requests" }),
        isKeyRefused: false,
        upstream: { requestId: "r-1", limits: null },
      },
    ],
    [
      "ElevenLabs",
      say,
      401,
      {
        detail: {
          type: "authentication_error",
          code: "invalid_api_key",
          message: "Invalid API key",
          status: "invalid_api_key",
        },
      },
      {},
      {
        refusal: words({ type: "authentication_error", code: "invalid_api_key", message: "Invalid API key" }),
        isKeyRefused: true,
      },
    ],
    [
      "ElevenLabs, of a member",
      say,
      422,
      { detail: [{ loc: ["body", "text"], msg: "field required", type: "missing" }] },
      {},
      { refusal: words({ type: "missing", message: "field required", param: "body.text" }), isKeyRefused: false },
    ],
    [
      "Deepgram",
      hear,
      402,
      { err_code: "ASR_PAYMENT_REQUIRED", err_msg: "Not enough credits", request_id: "1" },
      {},
      { refusal: words({ code: "ASR_PAYMENT_REQUIRED", message: "Not enough credits" }), isKeyRefused: true },
    ],
    [
      "Deepgram of late",
      hear,
      400,
      { category: "INVALID_JSON", message: "Invalid JSON", details: "at 1", request_id: "1" },
      {},
      { refusal: words({ code: "INVALID_JSON", message: "Invalid JSON: at 1" }) },
    ],
  ])("by %s is told in its own words", async (_, asking, status, body, headers, expected) => {
    expect(await refusalOf(asking, status, body, headers)).toMatchObject({ kind: "refused", status, ...expected })
  })

  test("in a form that nobody knows is quoted", async () => {
    expect((await refusalOf(say, 503, ["?"])).refusal.message).toBe('the provider answered 503: "[\\"?\\"]"')
  })

  test("does not repeat the key", async () => {
    expect((await refusalOf(embed, 401, { message: "bad token co-1234" })).refusal.message).toBe("bad token [key]")
    const { message } = (await refusalOf(amazon, 403, { message: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" })).refusal
    expect(message).toBe("[key]")
  })

  test("is what a redirect comes to, which is not followed", async () => {
    const { outcome, received } = await exercise(embed, () => Response.redirect("http://127.0.0.1:1/elsewhere", 307))
    expect(outcome).toMatchObject({ kind: "refused", status: 307 })
    expect(received).toHaveLength(1)
  })

  test.each<[string, Asking, unknown, string, string]>([
    [
      "a prompt that is blocked",
      paint,
      { promptFeedback: { blockReason: "PROHIBITED_CONTENT" } },
      "PROHIBITED_CONTENT",
      "the model gave no image: PROHIBITED_CONTENT",
    ],
    [
      "an image that is kept back",
      paint,
      { candidates: [{ content: {}, finishReason: "IMAGE_SAFETY", finishMessage: "Unable to show it." }] },
      "IMAGE_SAFETY",
      "the model gave no image: Unable to show it.",
    ],
    [
      "Stability's filter",
      { operation: "bedrock-image", model: "stability.stable-image-core-v1:1", request: { prompt: "x" } },
      { finish_reasons: ["Filter reason: prompt"] },
      "content_filtered",
      "Filter reason: prompt",
    ],
    [
      "Amazon's filter",
      { operation: "bedrock-image", model: "amazon.nova-canvas-v1:0", request: { prompt: "x" } },
      { error: "The image was blocked by our content filters." },
      "content_filtered",
      "The image was blocked by our content filters.",
    ],
  ])("can come with a 200: %s", async (_, asking, body, code, message) => {
    const { outcome } = await exercise(asking, () => Response.json(body))
    expect(outcome).toMatchObject({ kind: "refused", status: 400, refusal: { code, message }, isKeyRefused: false })
  })

  test("that comes with a 200 does not repeat the key, and tells the wait that it names", async () => {
    const asking = { operation: "bedrock-image", model: "stability.sd3", request: { prompt: "x" } } as const
    const key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    const { outcome } = await exercise(asking, () =>
      Response.json({ error: `signed with ${key}` }, { headers: { "retry-after": "7" } }),
    )
    expect(outcome).toMatchObject({ refusal: { message: "signed with [key]" }, retryAfterMs: 7000 })
  })

  test.each(["constructor", "toString", "__proto__"])(
    "is not an answer that ends for the reason %s",
    async (finish_reason) => {
      const message = { role: "assistant", content: [{ type: "text", text: "Hi" }] }
      const exercised = await exercise(talk, () => Response.json({ id: "1", finish_reason, message }))
      expect(resultIn(exercised)["choices"]).toMatchObject([{ message: { content: "Hi" }, finish_reason: "stop" }])
    },
  )

  test.each([[{ ...say, request: { input: "Hi", voice: "\ud800" } }], [{ ...paint, model: "\ud800" }]])(
    "is the gateway's own where a half of a character would be in the address: %#",
    async (asking) => {
      const { outcome, received } = await exercise(asking, () => Response.json({}))
      expect(outcome).toMatchObject({ kind: "refused", status: 400, refusal: { param: "model" } })
      expect(received).toEqual([])
    },
  )

  test("is not a sound of a rate that no file can have", async () => {
    const inlineData = { mimeType: "audio/L16;rate=99999999999", data: "AAAA" }
    const { outcome } = await exercise(speak, () =>
      Response.json({ candidates: [{ content: { parts: [{ inlineData }] } }] }),
    )
    expect(outcome).toMatchObject({ kind: "answered", content: { type: "audio/wav" } })
  })

  test.each([
    ["ERROR", 500],
    ["TIMEOUT", 504],
  ])("is a chat that ends with %s, which another attempt may not", async (finish_reason, status) => {
    const body = { id: "1", finish_reason, message: { role: "assistant" } }
    expect((await exercise(talk, () => Response.json(body))).outcome).toMatchObject({ kind: "refused", status })
  })
})

test("a 200 that declares an error is that error", async () => {
  const body = { error: { code: 429, message: "slow, try again in 2s" } }
  const { outcome } = await exercise(rank, () => Response.json(body))
  expect(outcome).toMatchObject({ kind: "refused", status: 429, retryAfterMs: 2000, refusal: { code: "429" } })
})

describe("a 200 that is not what is documented", () => {
  test.each<[string, Asking, unknown]>([
    ["a chat without a message", talk, { id: "1" }],
    ["fewer embeddings than texts", { ...embed, request: { input: ["a", "b"] } }, vectors(["1"])],
    ["an embedding that is none", embed, { embeddings: { float: [["a"]] } }],
    ["a ranking without a list", rank, { results: null }],
    ["a ranking of a document that nobody sent", rank, { results: [{ index: 1, relevance_score: 0.5 }] }],
    ["a ranking without scores", rank, { results: [{ index: 0 }] }],
    ["no images and no reason", paint, { candidates: [{ content: { parts: [] }, finishReason: "STOP" }] }],
    ["no sound", speak, { candidates: [{ content: { parts: [{ text: "sorry" }] }, finishReason: "STOP" }] }],
    ["no audio_data", { operation: "mistral-speech", model: "v", request: { input: "Hi", voice: "a" } }, { audio: "" }],
    ["no channels", hear, { results: {} }],
    ["no text", { ...hear, operation: "elevenlabs-transcription", model: "scribe_v2" }, { words: [] }],
    ["JSON for a sound", say, { detail: "?" }],
    ["a list", embed, []],
  ])("is unreadable, and kept as it came: %s", async (_, asking, body) => {
    const { outcome } = await exercise(asking, () => Response.json(body))
    const said = expect.stringContaining(" answered 200 (application/json")
    expect(outcome).toMatchObject({ kind: "unreadable", status: 200, body: JSON.stringify(body), message: said })
  })

  test.each<[string, Asking, string]>([
    ["JSON that breaks off", embed, '{"embeddings":'],
    ["no sound at all", say, ""],
  ])("is unreadable: %s", async (_, asking, text) => {
    const { outcome } = await exercise(asking, () => new Response(text, { headers: { "content-type": "audio/mpeg" } }))
    expect(outcome).toMatchObject({ kind: "unreadable", body: text })
  })
})

describe("what stands around an answer", () => {
  test("is the provider's id and its limits", async () => {
    const headers = {
      "x-request-id": "theirs",
      "x-ratelimit-limit-requests": "100",
      "x-ratelimit-remaining-requests": "99",
    }
    const { outcome } = await exercise(embed, () => Response.json({ ...vectors(["1"]), ...billed(3) }, { headers }))
    expect(outcome).toMatchObject({
      kind: "answered",
      upstream: { requestId: "theirs", limits: { requests: { limit: 100, remaining: 99 } } },
    })
  })

  test("is what it used, and what that costs", async () => {
    const prices = { "embed-v4.0": { input_per_million: 2 } }
    const { outcome } = await exercise({ ...embed, prices }, () =>
      Response.json({ ...vectors(["1"]), ...billed(1000) }),
    )
    expect(outcome).toMatchObject({ kind: "answered", used: { input_tokens: 1000 }, cost: 0.002 })
  })

  test("is all that was counted, and costs what is billed of it", async () => {
    const usage = {
      billed_units: { input_tokens: 1000, output_tokens: 100 },
      tokens: { input_tokens: 5000, output_tokens: 100 },
    }
    const message = { role: "assistant", content: [{ type: "text", text: "Hi" }] }
    const { outcome } = await exercise(
      {
        operation: "cohere-chat",
        model: "c",
        request: { messages: [{ role: "user", content: "Hi" }] },
        prices: { c: { input_per_million: 2, output_per_million: 10 } },
      },
      () => Response.json({ id: "c-1", finish_reason: "COMPLETE", message, usage }),
    )
    expect(outcome).toMatchObject({ used: { input_tokens: 5000, output_tokens: 100 }, cost: 0.003 })
  })

  test("is used by a sound too: tokens where the provider counts them, and characters", async () => {
    const body = {
      candidates: [{ content: { parts: [{ inlineData: { mimeType: "audio/wav", data: "UklG" } }] } }],
      usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 50, thoughtsTokenCount: 5 },
    }
    const { outcome } = await exercise(speak, () => Response.json(body))
    const used = { input_tokens: 2, output_tokens: 55, reasoning_tokens: 5, characters: 2 }
    expect(outcome).toMatchObject({ kind: "answered", used })
  })

  test("is the seconds of a sound that was written down", async () => {
    const body = { metadata: { duration: 12.5 }, results: { channels: [{ alternatives: [{ transcript: "" }] }] } }
    expect((await exercise(hear, () => Response.json(body))).outcome).toMatchObject({
      kind: "answered",
      used: { seconds: 12.5 },
    })
  })
})

describe("what authorises a request", () => {
  test("goes behind what the operator has written", async () => {
    const extraHeaders = { Authorization: "Basic abc", "X-Team": "search" }
    const { received } = await exercise({ ...embed, extraHeaders }, () => Response.json(vectors(["1"])))
    expect(received[0]?.headers.toJSON()).toMatchObject({ authorization: "Basic abc", "x-team": "search" })
  })

  test("is nothing where there is no key", async () => {
    const { received } = await exercise({ ...embed, key: null }, () => Response.json(vectors(["1"])))
    expect(received[0]?.headers.has("authorization")).toBe(false)
  })

  test("is a signature that Amazon can check, of the address as it went out", async () => {
    const { received } = await exercise(amazon, () => Response.json({}))
    const [request] = received as [Received]
    expect(request.path).toBe("/model/amazon.titan-embed-text-v2%3A0/invoke")
    expect(request.headers.get("authorization")).toBe(signatureOf(request))
  })

  test("is a Bedrock API key as it is", async () => {
    const { received } = await exercise({ ...amazon, key: "ABSKQmVk" }, () => Response.json({}))
    expect(received[0]?.headers.get("authorization")).toBe("Bearer ABSKQmVk")
  })

  test("may be missing: nothing goes out, and the outcome says what to do", async () => {
    const nothing = { region: "us-east-1", metadataUrl: "off" }
    const { outcome, received } = await exercise({ ...amazon, key: null, options: nothing }, () => Response.json({}))
    expect(outcome).toMatchObject({
      kind: "unreached",
      reason: "misconfigured",
      message: expect.stringContaining("no AWS credentials"),
    })
    expect(received).toEqual([])
  })

  test.each<[string, Asking, string]>([
    ["a region", { ...amazon, options: {} }, "bedrock needs a region"],
    ["a project", { ...rank, operation: "vertex-rerank", key: "ya29.token", options: {} }, "vertex needs a project"],
  ])("may lack %s", async (_, asking, message) => {
    const { outcome, received } = await exercise(asking, () => Response.json({}))
    expect(outcome).toMatchObject({
      kind: "unreached",
      reason: "misconfigured",
      message: expect.stringContaining(message),
    })
    expect(received).toEqual([])
  })
})

describe("the addresses", () => {
  const context = { clock: { now: () => NOW, wall: () => NOW } } as never

  async function baseOf(name: keyof typeof operations, baseUrl: string, key: string, options: Record<string, string>) {
    const provider = { name: "p", baseUrl, options } as never
    return (await getOperation(name).access({ call: {} as never, provider, key, context })).base
  }

  test.each([
    ["https://us-central1-aiplatform.googleapis.com/v1"],
    ["https://{location}-aiplatform.googleapis.com/v1"],
    ["https://aiplatform.googleapis.com"],
  ])("of Vertex's rankings are those of a service of its own: %s", async (baseUrl) => {
    const options = { project: "my-project", location: "us-central1" }
    const provider = { name: "p", baseUrl, options } as never
    const place = await vertexRanking({ call: {} as never, provider, key: "ya29.token", context })
    expect(place).toMatchObject({
      base: "https://discoveryengine.googleapis.com/v1/projects/my-project/locations/global/rankingConfigs",
    })
  })

  test("of Bedrock's models and of its rankings differ in the host", async () => {
    const [url, key, options] = [
      "https://bedrock-runtime.{region}.amazonaws.com",
      "ABSK",
      { region: "eu-west-1" },
    ] as const
    expect(await baseOf("bedrock-embed", url, key, options)).toBe("https://bedrock-runtime.eu-west-1.amazonaws.com")
    expect(await baseOf("bedrock-rerank", url, key, options)).toBe(
      "https://bedrock-agent-runtime.eu-west-1.amazonaws.com",
    )
  })

  test("are not led elsewhere by a model", async () => {
    const { received } = await exercise({ ...paint, model: "../../v1?x=#" }, () => Response.json({}))
    expect(received[0]?.path).toBe("/v1beta/models/..%2F..%2Fv1%3Fx%3D%23:generateContent")
  })

  test("are not led elsewhere by a voice", async () => {
    const { outcome, received } = await exercise({ ...say, request: { input: "Hi", voice: ".." } }, () =>
      Response.json({}),
    )
    expect(outcome).toMatchObject({ kind: "refused", status: 400, refusal: { code: "invalid_request" } })
    expect(received).toEqual([])
  })
})

describe("a form", () => {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 256))
  const form = {
    fields: [
      ["model", "x"],
      ["language", "de"],
    ] as const,
    files: [
      { name: "first", fileName: "1", bytes: Buffer.alloc(0) },
      { name: "file", fileName: "a.wav", bytes },
      { name: "last", fileName: "3", bytes: Buffer.from("\r\n\r\n--not") },
    ],
  }

  test.each([1, 2, 3, 64, 1000, 4096])("is read the same however it is cut up: by %d bytes", async (pieceBytes) => {
    const heard = { results: { channels: [{ alternatives: [{ transcript: "Hallo" }] }] } }
    const raw = await exercise({ ...hear, form, pieceBytes }, () => Response.json(heard))
    expect(raw.received[0]?.bytes.equals(bytes)).toBe(true)
    const packed = await exercise(
      { ...hear, form, pieceBytes, operation: "gemini-transcription", model: "gemini-2.5-flash" },
      () => Response.json({}),
    )
    const { contents } = jsonIn(packed.received[0]) as { contents: { parts: { inlineData?: { data: string } }[] }[] }
    expect(contents[0]?.parts[1]?.inlineData?.data).toBe(bytes.toString("base64"))
  })
})

describe("an image that a request only points at", () => {
  const edit: Asking = {
    ...{ operation: "gemini-image", model: "gemini-2.5-flash-image", requestType: "image_edit" },
    request: { prompt: "x", image: "http://pictures.example/a.png" },
  }

  test("is downloaded, and sent along", async () => {
    const pictures = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () => new Response(Buffer.from(PNG, "base64")),
    })
    try {
      const policy = { isAllowed: () => true, resolve: async () => ["127.0.0.1"] }
      const request = { prompt: "x", image: `http://pictures.example:${pictures.port}/a.png` }
      const { received } = await exercise({ ...edit, request, policy }, () => Response.json({}))
      expect(JSON.stringify(jsonIn(received[0]))).toContain(`{"inlineData":{"mimeType":"image/png","data":"${PNG}"}}`)
    } finally {
      await pictures.stop(true)
    }
  })

  test("and cannot be had is refused, and nothing goes out", async () => {
    const policy = { isAllowed: () => false, resolve: async () => ["10.0.0.1"] }
    const { outcome, received } = await exercise({ ...edit, policy }, () => Response.json({}))
    const message = "image cannot be downloaded: pictures.example is not on the public internet; send the data itself"
    expect(outcome).toMatchObject({ kind: "refused", status: 400, refusal: { message, param: "image" } })
    expect(received).toEqual([])
  })
})

test("what is not supported is refused before anything is sent, also when nothing checked it before", async () => {
  const { outcome, received } = await exercise({ ...talk, request: { ...talk.request, n: 2 } }, () => Response.json({}))
  expect(outcome).toMatchObject({
    kind: "refused",
    status: 400,
    refusal: { code: "unsupported_parameter", param: "n" },
  })
  expect(received).toEqual([])
})

test("every operation is an adapter that only starts", () => {
  expect(Object.keys(operationAdapters)).toEqual(Object.keys(operations))
  for (const adapter of Object.values(operationAdapters)) expect(Object.keys(adapter)).toEqual(["start"])
})

function words(over: Fields) {
  return expect.objectContaining(over)
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function signatureOf({ headers, path, bytes }: Received): string {
  const [id, secret] = ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"]
  const signed = /SignedHeaders=([^,]+)/.exec(headers.get("authorization") ?? "")?.[1] ?? ""
  const sha = (text: string | Buffer) => createHash("sha256").update(text).digest("hex")
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest()
  const canonical = [
    ...["POST", path.split("/").map(encodeURIComponent).join("/"), ""],
    ...signed.split(";").map((name) => `${name}:${headers.get(name)}`),
    ...["", signed, sha(bytes)],
  ].join("\n")
  const date = headers.get("x-amz-date") ?? ""
  const scope = `${date.slice(0, 8)}/us-west-2/bedrock/aws4_request`
  const key = scope.split("/").reduce<string | Buffer>((made, part) => hmac(made, part), `AWS4${secret}`)
  const signature = hmac(key, ["AWS4-HMAC-SHA256", date, scope, sha(canonical)].join("\n")).toString("hex")
  return `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${signed}, Signature=${signature}`
}
