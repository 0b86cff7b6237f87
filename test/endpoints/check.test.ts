import { describe, expect, test } from "bun:test"
import { CONTINUED, IN_CONVERSATION } from "../../src/endpoints/backgroundoptions.ts"
import type { Submission } from "../../src/endpoints/endpoint.ts"
import { getEndpoint } from "../../src/endpoints/endpoints.ts"
import { filePart, form, json } from "./submissions.ts"

function check(requestType: string, submission: Submission, optional: string[] = []) {
  return getEndpoint(requestType).check(submission, optional)
}

/** What must be there, and a body that has everything else. */
const needed: [requestType: string, member: string, message: string, rest: Record<string, unknown>][] = [
  ["text_completion", "prompt", "prompt is required for text completion", {}],
  ["chat_completion", "messages", "messages is required for chat completion", {}],
  ["responses", "input", "input is required for responses", {}],
  ["embedding", "input", "input is required for embeddings", {}],
  ["speech", "input", "input is required for speech completion", { voice: "alloy" }],
  ["speech", "voice", "voice is required for speech completion", { input: "Hello" }],
  ["image_generation", "prompt", "prompt cannot be empty", {}],
  ["rerank", "query", "query is required for rerank", { documents: ["a"] }],
  ["rerank", "documents", "documents are required for rerank", { query: "q" }],
]

describe.each(needed)("%s without %s", (requestType, member, message, rest) => {
  test.each([
    ["absent", rest],
    ["null", { ...rest, [member]: null }],
    ["an empty text", { ...rest, [member]: "" }],
    ["an empty list", { ...rest, [member]: [] }],
  ])("(%s) is refused in the wire's words", (_, fields) => {
    expect(check(requestType, json({ model: "mock/x", ...fields }))).toEqual({ message, param: member })
  })
})

const image = { message: "at least one image is required", param: "image" }
const documentType = { message: "document type is required for ocr", param: "document.type" }
const address = (type: string) => ({
  message: `${type} is required when document type is ${type}`,
  param: `document.${type}`,
})
const text = (index: number) => ({
  message: `document text is required for rerank at index ${index}`,
  param: `documents[${index}]`,
})
const count = { message: "top_n must be at least 1", param: "top_n" }
const rerank = (fields: Record<string, unknown>) => json({ query: "q", documents: ["a", { text: "b" }], ...fields })

const refused: [
  title: string,
  requestType: string,
  submission: Submission,
  problem: { message: string; param: string },
][] = [
  ["a form without a file", "transcription", form({}), { message: "file is required", param: "file" }],
  ["a file of another name", "transcription", form({}, "audio"), { message: "file is required", param: "file" }],
  ["a file that is text", "transcription", form({ file: "x" }), { message: "file is required", param: "file" }],
  ["an empty file", "transcription", form({}, filePart("file", 0)), { message: "file is required", param: "file" }],

  ["a form without an image", "image_edit", form({ prompt: "x" }), image],
  ["a form with a mask only", "image_edit", form({ prompt: "x" }, "mask"), image],
  ["a form with an empty image", "image_edit", form({ prompt: "x" }, filePart("image", 0)), image],
  ["JSON without an image", "image_edit", json({ prompt: "x" }), image],
  ["JSON with image null", "image_edit", json({ image: null }), image],
  ["JSON with an empty image", "image_edit", json({ image: "" }), image],
  ["JSON with an empty list of images", "image_edit", json({ images: [] }), image],
  ["JSON with a list of nothing", "image_edit", json({ images: ["", null] }), image],
  ["a form without an image", "image_variation", form({}), image],
  ["a form with an empty image", "image_variation", form({}, filePart("image", 0)), image],

  ["an empty document", "rerank", rerank({ documents: ["a", ""] }), text(1)],
  ["a document without text", "rerank", rerank({ documents: ["a", "b", { id: 1 }] }), text(2)],
  ["a document whose text is null", "rerank", rerank({ documents: [{ text: null }] }), text(0)],
  ["a document whose text is empty", "rerank", rerank({ documents: [{ text: "" }, ""] }), text(0)],
  ["top_n 0", "rerank", rerank({ top_n: 0 }), count],
  ["top_n -1", "rerank", rerank({ top_n: -1 }), count],

  ["no document", "ocr", json({}), documentType],
  ["document null", "ocr", json({ document: null }), documentType],
  ["document empty", "ocr", json({ document: {} }), documentType],
  ["document without type", "ocr", json({ document: { document_url: "https://a" } }), documentType],
  ["an empty type", "ocr", json({ document: { type: "" } }), documentType],
  ["no document_url", "ocr", json({ document: { type: "document_url" } }), address("document_url")],
  [
    "document_url null",
    "ocr",
    json({ document: { type: "document_url", document_url: null } }),
    address("document_url"),
  ],
  [
    "document_url empty",
    "ocr",
    json({ document: { type: "document_url", document_url: "" } }),
    address("document_url"),
  ],
  ["the other url", "ocr", json({ document: { type: "image_url", document_url: "https://a" } }), address("image_url")],
  ["image_url empty", "ocr", json({ document: { type: "image_url", image_url: "" } }), address("image_url")],
]

describe("a body that misses something", () => {
  test.each(refused)("%s: %s refuses it in the wire's words", (_, requestType, submission, problem) => {
    expect(check(requestType, submission)).toEqual(problem)
  })
})

const document = (fields: Record<string, unknown>) => json({ document: { type: "document_url", ...fields } })

const wrong: [requestType: string, submission: Submission, message: string, param: string][] = [
  ["text_completion", json({ prompt: 5 }), "prompt must be a string or an array", "prompt"],
  ["text_completion", json({ prompt: "x", stream: 1 }), "stream must be a boolean or null", "stream"],
  ["chat_completion", json({ messages: "x" }), "messages must be an array", "messages"],
  ["chat_completion", json({ messages: [1] }), "messages[0] must be an object", "messages[0]"],
  ["chat_completion", json({ messages: [{}] }), "messages[0].role is required", "messages[0].role"],
  ["responses", json({ input: {} }), "input must be a string or an array", "input"],
  ["responses", json({ input: "x", stream: "true" }), "stream must be a boolean or null", "stream"],
  ["embedding", json({ input: false }), "input must be a string or an array", "input"],
  ["embedding", json({ input: 0 }), "input must be a string or an array", "input"],
  ["speech", json({ input: ["x"], voice: "a" }), "input must be a string", "input"],
  ["speech", json({ input: "x", voice: 1 }), "voice must be a string or an object", "voice"],
  ["speech", json({ input: "x", voice: ["a"] }), "voice must be a string or an object", "voice"],
  ["speech", json({ input: "x", voice: "a", stream_format: true }), "stream_format must be a string", "stream_format"],
  ["image_generation", json({ prompt: {} }), "prompt must be a string", "prompt"],
  ["image_generation", json({ prompt: "x", stream: "yes" }), "stream must be a boolean or null", "stream"],
  ["image_edit", json({ image: 5 }), "image must be a string, an array or an object", "image"],
  ["image_edit", json({ images: true }), "images must be a string, an array or an object", "images"],
  ["image_edit", json({ image: "x", prompt: 1 }), "prompt must be a string", "prompt"],
  ["image_edit", json({ image: "x", stream: "yes" }), "stream must be a boolean or null", "stream"],
  ["image_edit", form({ prompt: ["a", "b"] }, "image"), "prompt must be a string", "prompt"],
  ["rerank", rerank({ query: 1 }), "query must be a string", "query"],
  ["rerank", rerank({ documents: "x" }), "documents must be an array", "documents"],
  ["rerank", rerank({ documents: ["a", 1] }), "documents[1] must be a string or an object", "documents[1]"],
  ["rerank", rerank({ documents: [null] }), "documents[0] must be a string or an object", "documents[0]"],
  ["rerank", rerank({ documents: [{ text: 1 }] }), "documents[0].text must be a string", "documents[0].text"],
  ["rerank", rerank({ top_n: 1.5 }), "top_n must be an integer", "top_n"],
  ["rerank", rerank({ top_n: "3" }), "top_n must be an integer", "top_n"],
  ["ocr", json({ document: "https://a" }), "document must be an object", "document"],
  ["ocr", json({ document: ["https://a"] }), "document must be an object", "document"],
  ["ocr", json({ document: { type: 1 } }), "document.type must be a string", "document.type"],
  ["ocr", document({ document_url: 1 }), "document.document_url must be a string or null", "document.document_url"],
]

describe("a member of a wrong type", () => {
  test.each(wrong)("%s refuses %j: %s", (requestType, submission, message, param) => {
    expect(check(requestType, submission)).toEqual({ message, param })
  })
})

describe("the order of checks", () => {
  test.each<[title: string, requestType: string, submission: Submission, message: string]>([
    ["speech: input before voice", "speech", json({}), "input is required for speech completion"],
    ["rerank: query before documents", "rerank", json({}), "query is required for rerank"],
    [
      "rerank: what is missing before what is wrong",
      "rerank",
      json({ query: 1, documents: [] }),
      "documents are required for rerank",
    ],
    [
      "rerank: types before texts",
      "rerank",
      rerank({ documents: ["", 1] }),
      "documents[1] must be a string or an object",
    ],
    ["rerank: texts before top_n", "rerank", rerank({ documents: [""], top_n: 0 }), text(0).message],
    ["rerank: the first document without text", "rerank", rerank({ documents: ["a", "", ""] }), text(1).message],
    ["image edits: images before types", "image_edit", json({ prompt: 1 }), image.message],
    ["OCR: the type before the address", "ocr", json({ document: { document_url: "" } }), documentType.message],
    [
      "OCR: a missing address before wrong types",
      "ocr",
      document({ image_url: 1 }),
      "document_url is required when document type is document_url",
    ],
  ])("%s", (_, requestType, submission, message) => {
    expect(check(requestType, submission)?.message).toBe(message)
  })
})

const odd: [requestType: string, submission: Submission][] = [
  ["text_completion", json({ prompt: [1, 2, 3] })],
  ["text_completion", json({ prompt: [[1], [2, 3]], suffix: null, stream: null })],
  ["text_completion", json({ prompt: [""], stream: false, unknown: { a: [1] } })],
  ["chat_completion", json({ messages: [{ role: "tool", content: null, extra: 1 }], temperature: "hot" })],
  ["responses", json({ input: [{ role: "user", content: [{ type: "input_text", text: "x" }] }] })],
  ["responses", json({ input: " ", instructions: null })],
  ["embedding", json({ input: ["a", "b"] })],
  ["embedding", json({ input: [1, 2] })],
  ["embedding", json({ input: [[1], [2]], stream: true })],
  ["embedding", json({ input: [{ type: "image_url", image_url: "https://a" }], dimensions: null })],
  ["speech", json({ input: "x", voice: { id: "voice_1" } })],
  ["speech", json({ input: "x", voice: "a", stream_format: null, speed: "fast", stream: true })],
  ["transcription", form({}, "file")],
  ["transcription", form({ prompt: ["a", "b"], "include[]": "logprobs" }, "file", "extra")],
  ["image_generation", json({ prompt: " ", n: null, stream: null, loras: [{}] })],
  ["image_edit", form({ prompt: "x", stream: "false" }, "image", "mask")],
  ["image_edit", form({}, "image[]", "image[]")],
  ["image_edit", form({}, filePart("image", 0), "image")],
  ["image_edit", json({ image: "https://a", prompt: null })],
  ["image_edit", json({ image: ["iVBORw0KGgo", "https://a"], images: null })],
  ["image_edit", json({ images: [{ image_url: "https://a" }, { file_id: "file-1" }] })],
  ["image_edit", json({ image: { url: "https://a" } })],
  ["image_variation", form({ n: "2" }, "image")],
  ["image_variation", form({}, "image[]")],
  ["rerank", rerank({ top_n: 1, documents: [" ", { text: "b", id: 7 }], rank_fields: ["text"] })],
  ["rerank", rerank({ top_n: null, stream: true })],
  ["rerank", rerank({ top_n: 1000 })],
  ["ocr", document({ document_url: "https://a", document_name: "a.pdf", image_url: null })],
  ["ocr", json({ document: { type: "image_url", image_url: { url: "https://a" }, document_url: null } })],
  ["ocr", json({ document: { type: "image_url", image_url: "data:image/png;base64,AA" }, pages: "0-3" })],
  ["ocr", json({ document: { type: "file", file_id: "1" } })],
]

describe("a body that is odd but legal", () => {
  test.each(odd)("%s accepts %j", (requestType, submission) => {
    expect(check(requestType, submission)).toBeNull()
  })
})

describe("a voice that the provider does without", () => {
  test.each([{}, { voice: null }, { voice: "" }, { voice: "a" }, { voice: {} }])("may be %j", (fields) => {
    expect(check("speech", json({ input: "x", ...fields }), ["voice"])).toBeNull()
  })

  test("must be a voice all the same, and the input must be there", () => {
    expect(check("speech", json({ input: "x", voice: 1 }), ["voice"])?.param).toBe("voice")
    expect(check("speech", json({ voice: 1 }), ["voice"])?.param).toBe("input")
  })
})

describe("asking for a stream", () => {
  const asked: [requestType: string, submission: Submission, param: string, refusal: string][] = [
    ["text_completion", json({ stream: true }), "stream", "stream is not supported for async text completions"],
    ["chat_completion", json({ stream: true }), "stream", "stream is not supported for async chat completions"],
    ["responses", json({ stream: true }), "stream", "stream is not supported for async responses"],
    ["speech", json({ stream_format: "sse" }), "stream_format", "stream is not supported for async speech"],
    ["transcription", form({ stream: "true" }), "stream", "stream is not supported for async transcriptions"],
    ["image_generation", json({ stream: true }), "stream", "stream is not supported for async image generations"],
    ["image_edit", json({ stream: true }), "stream", "stream is not supported for async image edits"],
    ["image_edit", form({ stream: "true" }), "stream", "stream is not supported for async image edits"],
  ]

  test.each(asked)("%s: %j is refused in the wire's words", (requestType, submission, param, refusal) => {
    const endpoint = getEndpoint(requestType)
    expect([endpoint.asksForStream(submission), endpoint.streamRefusal]).toEqual([param, refusal])
  })

  test.each<[requestType: string, submission: Submission]>([
    ["text_completion", json({})],
    ["chat_completion", json({ stream: false })],
    ["responses", json({ stream: null })],
    ["speech", json({ stream_format: "audio", stream: true })],
    ["transcription", form({ stream: "false" })],
    ["image_generation", json({ stream: false })],
    ["image_edit", form({ stream: "" })],
  ])("%s: %j asks for none", (requestType, submission) => {
    expect(getEndpoint(requestType).asksForStream(submission)).toBeNull()
  })

  test.each(["embedding", "image_variation", "rerank", "ocr"])("%s knows no streams", (requestType) => {
    const { asksForStream, streamRefusal, stream } = getEndpoint(requestType)
    const asked = [asksForStream(json({ stream: true })), asksForStream(form({ stream: "true" }))]
    expect([...asked, streamRefusal, stream]).toEqual([null, null, null, undefined])
  })
})

test("what of a response is for the gateway is not sent to the provider", () => {
  const { check, dropped } = getEndpoint("responses")
  const problemOf = (background: unknown) =>
    check({ form: "json", fields: { input: "Hello", background }, files: [] }, [])
  for (const background of [true, false, null]) expect(problemOf(background)).toBeNull()
  expect(problemOf("yes")).toEqual({ message: "background must be a boolean", param: "background" })
  expect(dropped).toEqual(["background", "background_options", CONTINUED, IN_CONVERSATION])
})

describe("a speech's response_format, which its result says again", () => {
  const problemOf = (response_format: unknown) =>
    getEndpoint("speech").check({ form: "json", fields: { input: "a", voice: "b", response_format }, files: [] }, [])

  test.each(["mp3", "wav", null, undefined])("may be %p", (format) => {
    expect(problemOf(format)).toBeNull()
  })

  test.each([[{ a: 1 }], [1], [true], [["mp3"]], ["x".repeat(65)]])("is refused as %p", (format) => {
    expect(problemOf(format)).toMatchObject({ param: "response_format" })
  })
})

test.each(["true", "True", "TRUE", "1", "yes", "on", " true "])("a form's stream %j asks for one", (stream) => {
  const form = { form: "multipart", fields: { stream }, files: [] } as const
  expect(getEndpoint("transcription").asksForStream(form)).toBe("stream")
})

test.each(["SSE", " sse"])("stream_format %j asks for a stream", (stream_format) => {
  expect(getEndpoint("speech").asksForStream({ form: "json", fields: { stream_format }, files: [] })).toBe(
    "stream_format",
  )
})
