// The request types as a client knows them: where each lives, a valid request, and what its good result holds.
// Models can be given by the environment (WIRE_MODEL_CHAT=openai/gpt-4o-mini …); the built-in mock provider answers otherwise.

/** A member of a request: of a form a text or a file, or a list of them; undefined leaves it out. */
export type Members = Record<string, unknown>

export interface RequestType {
  requestType: string
  path: string
  /** Where the response is the result. Absent: at its path without /async. */
  callPath?: string
  form: "json" | "multipart"
  model: string
  /** What a request needs beside its model. */
  members: Members
  /** Asks for a stream, and how that is refused; null where the type knows no streams. */
  stream: { members: Members; refusal: string } | null
  /** Where an OpenAI-shaped provider is asked for it. */
  upstreamPath: string
  /** The JSON of its good answer. */
  upstreamAnswer: string
  /** Whether a result is one, as far as the contract says. */
  isResult(result: Record<string, unknown>): boolean
}

/** Where the response is the result. */
export function pathOfCall({
  path,
  callPath = path.replace("/async", ""),
}: Pick<RequestType, "path" | "callPath">): string {
  return callPath
}

const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
)
const image = new File([PIXEL], "pixel.png", { type: "image/png" })
const sound = new File([silence()], "silence.wav", { type: "audio/wav" })

const stream = (what: string) => ({
  members: { stream: true },
  refusal: `stream is not supported for async ${what}`,
})
const hasList = (name: string) => (result: Record<string, unknown>) => Array.isArray(result[name])

export const types: RequestType[] = [
  {
    requestType: "text_completion",
    path: "/v1/async/completions",
    form: "json",
    model: modelOf("COMPLETION", "mock/echo"),
    members: { prompt: "Once upon a time" },
    stream: stream("text completions"),
    upstreamPath: "/v1/completions",
    upstreamAnswer: '{"choices":[{"index":0,"text":"Hi"}]}',
    isResult: hasList("choices"),
  },
  {
    requestType: "chat_completion",
    path: "/v1/async/chat/completions",
    form: "json",
    model: modelOf("CHAT", "mock/echo"),
    members: { messages: [{ role: "user", content: "Hello" }] },
    stream: stream("chat completions"),
    upstreamPath: "/v1/chat/completions",
    upstreamAnswer: '{"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"}}]}',
    isResult: hasList("choices"),
  },
  {
    requestType: "responses",
    path: "/v1/async/responses",
    form: "json",
    model: modelOf("RESPONSES", "mock/echo"),
    members: { input: "Hello" },
    stream: stream("responses"),
    upstreamPath: "/v1/responses",
    upstreamAnswer: '{"object":"response","output":[]}',
    isResult: hasList("output"),
  },
  {
    requestType: "count_tokens",
    path: "/v1/async/input_tokens",
    callPath: "/v1/responses/input_tokens",
    form: "json",
    model: modelOf("RESPONSES", "mock/echo"),
    members: { input: "Hello" },
    stream: null,
    upstreamPath: "/v1/responses/input_tokens",
    upstreamAnswer: '{"object":"response.input_tokens","input_tokens":8}',
    isResult: ({ input_tokens }) => Number.isInteger(input_tokens),
  },
  {
    requestType: "embedding",
    path: "/v1/async/embeddings",
    form: "json",
    model: modelOf("EMBEDDING", "mock/embed"),
    members: { input: "Hello there" },
    stream: null,
    upstreamPath: "/v1/embeddings",
    upstreamAnswer: '{"object":"list","data":[{"index":0,"embedding":[0.5]}]}',
    isResult: hasList("data"),
  },
  {
    requestType: "speech",
    path: "/v1/async/audio/speech",
    form: "json",
    model: modelOf("SPEECH", "mock/tts"),
    members: { input: "Hello", voice: "alloy" },
    stream: { members: { stream_format: "sse" }, refusal: "stream is not supported for async speech" },
    upstreamPath: "/v1/audio/speech",
    upstreamAnswer: '{"audio":"AAAA"}',
    isResult: ({ audio }) => typeof audio === "string",
  },
  {
    requestType: "transcription",
    path: "/v1/async/audio/transcriptions",
    form: "multipart",
    model: modelOf("TRANSCRIPTION", "mock/whisper"),
    members: { file: sound },
    stream: stream("transcriptions"),
    upstreamPath: "/v1/audio/transcriptions",
    upstreamAnswer: '{"text":"Hi"}',
    isResult: ({ text }) => typeof text === "string",
  },
  {
    requestType: "image_generation",
    path: "/v1/async/images/generations",
    form: "json",
    model: modelOf("IMAGE", "mock/image"),
    members: { prompt: "A lighthouse at dusk" },
    stream: stream("image generations"),
    upstreamPath: "/v1/images/generations",
    upstreamAnswer: '{"data":[{"b64_json":"AAAA"}]}',
    isResult: hasList("data"),
  },
  {
    requestType: "image_edit",
    path: "/v1/async/images/edits",
    form: "multipart",
    model: modelOf("IMAGE_EDIT", "mock/image"),
    members: { image, prompt: "Make it night" },
    stream: stream("image edits"),
    upstreamPath: "/v1/images/edits",
    upstreamAnswer: '{"data":[{"b64_json":"AAAA"}]}',
    isResult: hasList("data"),
  },
  {
    requestType: "image_variation",
    path: "/v1/async/images/variations",
    form: "multipart",
    model: modelOf("IMAGE_VARIATION", "mock/image"),
    members: { image },
    stream: null,
    upstreamPath: "/v1/images/variations",
    upstreamAnswer: '{"data":[{"b64_json":"AAAA"}]}',
    isResult: hasList("data"),
  },
  {
    requestType: "rerank",
    path: "/v1/async/rerank",
    form: "json",
    model: modelOf("RERANK", "mock/rerank"),
    members: { query: "capital of France", documents: ["Berlin", { text: "Paris, capital of France" }] },
    stream: null,
    upstreamPath: "/v1/rerank",
    upstreamAnswer: '{"results":[{"index":0,"relevance_score":1}]}',
    isResult: hasList("results"),
  },
  {
    requestType: "ocr",
    path: "/v1/async/ocr",
    form: "json",
    model: modelOf("OCR", "mock/ocr"),
    members: { document: { type: "document_url", document_url: "https://example.com/invoice.pdf" } },
    stream: null,
    upstreamPath: "/v1/ocr",
    upstreamAnswer: '{"pages":[{"index":0,"markdown":"Hi"}]}',
    isResult: hasList("pages"),
  },
]

export function findType(requestType: string): RequestType {
  const type = types.find((candidate) => candidate.requestType === requestType)
  if (!type) throw new Error(`no request type ${requestType}`)
  return type
}

export const chat = findType("chat_completion")
/** One of each form, for what does not depend on the type. */
export const oneOfEachForm = [chat, findType("image_edit")]

/** A valid request, with `over` laid over it. */
export function makeRequest(type: RequestType, over: Members = {}): { body: string | FormData; type: string | null } {
  const members: Members = { model: type.model, ...type.members, ...over }
  if (type.form === "json") return { body: JSON.stringify(members), type: "application/json" }
  const form = new FormData()
  for (const [name, given] of Object.entries(members)) {
    for (const value of Array.isArray(given) ? given : [given]) append(form, name, value)
  }
  // fetch names the boundary.
  return { body: form, type: null }
}

function append(form: FormData, name: string, value: unknown): void {
  if (value === undefined || value === null) return
  if (value instanceof File) form.append(name, value, value.name)
  else form.append(name, typeof value === "object" ? JSON.stringify(value) : String(value))
}

function modelOf(variable: string, otherwise: string): string {
  return process.env[`WIRE_MODEL_${variable}`] || otherwise
}

/** A quarter of a second of it: a WAV file that any provider can read. */
function silence(): Uint8Array<ArrayBuffer> {
  const samples = Buffer.alloc(4000)
  const head = Buffer.from(
    "RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\x02\0\x10\0data\0\0\0\0",
    "latin1",
  )
  head.writeUInt32LE(36 + samples.length, 4)
  head.writeUInt32LE(8000, 24)
  head.writeUInt32LE(16_000, 28)
  head.writeUInt32LE(samples.length, 40)
  return new Uint8Array(Buffer.concat([head, samples]))
}
