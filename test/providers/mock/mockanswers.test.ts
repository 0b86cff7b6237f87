import { describe, expect, test } from "bun:test"
import { crc32, inflateSync } from "node:zlib"
import { described } from "../../../src/endpoints/endpoint.ts"
import { endpoints } from "../../../src/endpoints/endpoints.ts"
import { exampleAnswer, type MockRequest, mockAnswer } from "../../../src/providers/mock/mockanswers.ts"
import { notice } from "../../../src/providers/mock/mockrequest.ts"

const NOW = Date.UTC(2026, 10, 20, 1, 2, 3, 999)
const CREATED = Date.UTC(2026, 10, 20, 1, 2, 3) / 1000
const about = { jobId: "job-1", model: "echo", now: NOW }
const requestTypes = endpoints.map(({ requestType }) => requestType)

function file(fileName: string | null, size: number, name = "file"): MockRequest["files"][number] {
  return { name, fileName, contentType: null, bytes: new Uint8Array(size) }
}

function answerTo(requestType: string, fields: Record<string, unknown>, files: MockRequest["files"] = []) {
  const { contentType, bytes } = mockAnswer(requestType, { fields, files }, about)
  return { contentType, bytes: Buffer.from(bytes), text: new TextDecoder().decode(bytes) }
}

function jsonTo(requestType: string, fields: Record<string, unknown>, files: MockRequest["files"] = []) {
  const { contentType, text } = answerTo(requestType, fields, files)
  expect(contentType).toBe("application/json")
  return JSON.parse(text)
}

describe("every answer", () => {
  test.each(requestTypes)("to %s says that it is a mock answer", (requestType) => {
    expect(answerTo(requestType, { input: "Hello" }).text).toContain("mock")
  })

  test.each(requestTypes)("to %s is the same for the same request", (requestType) => {
    const fields = { input: "Hello", prompt: "Hello", n: 2 }
    const files = [file("a.wav", 10)]
    expect(answerTo(requestType, fields, files).bytes).toEqual(answerTo(requestType, fields, files).bytes)
  })

  test.each(endpoints.map((endpoint) => [endpoint.requestType, described(endpoint)] as const))(
    "to %s is one that its endpoint accepts",
    (requestType, endpoint) => {
      const { contentType, bytes } = answerTo(requestType, endpoint.example, [file("a.wav", 10)])
      expect(endpoint.read({ contentType, bytes }, () => endpoint.example)).not.toHaveProperty("problem")
    },
  )

  test.each(requestTypes)("to %s comes whatever forms the members have", (requestType) => {
    const names = ["messages", "prompt", "input", "query", "documents", "document", "n", "size", "dimensions", "top_n"]
    const values = [
      undefined,
      null,
      true,
      0,
      -1,
      1.5,
      1e300,
      "",
      "x",
      [],
      [null],
      [[]],
      [{}],
      {},
      { text: 1 },
      [1, "a"],
    ]
    for (const value of values) {
      const fields = Object.fromEntries(names.map((name) => [name, value]))
      expect(answerTo(requestType, fields).bytes.length).toBeGreaterThan(0)
    }
  })

  test.each(endpoints.map((endpoint) => [endpoint.requestType, endpoint] as const))(
    "to %s would be the example of its description, if it had no other",
    (_, endpoint) => {
      const example = exampleAnswer(endpoint)
      expect(JSON.parse(new TextDecoder().decode(example.bytes))).toEqual({
        ...endpoint.describe().exampleResult,
        mock: notice,
      })
      expect(endpoint.read(example, () => ({}))).not.toHaveProperty("problem")
    },
  )

  test.each(["models", "constructor", ""])("is missing for the request type %j, which is none", (requestType) => {
    expect(() => answerTo(requestType, {})).toThrow("no endpoint")
  })
})

describe("a chat completion", () => {
  const messages = [
    { role: "system", content: "Be kind" },
    { role: "user", content: [{ type: "text", text: "Hello" }, { type: "image_url" }] },
    { role: "assistant", content: null },
  ]

  test("is what OpenAI documents, and repeats the last user message", () => {
    const content = `${notice} Hello `
    expect(jsonTo("chat_completion", { messages })).toEqual({
      id: "chatcmpl-mock-job-1",
      object: "chat.completion",
      created: CREATED,
      model: "echo",
      choices: [
        { index: 0, message: { role: "assistant", content, refusal: null }, logprobs: null, finish_reason: "stop" },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 9, total_tokens: 12 },
      system_fingerprint: "mock",
    })
  })

  test.each([
    [undefined, 1],
    [3, 3],
    [8, 8],
    [9, 1],
    [0, 1],
    [1.5, 1],
  ])("with n %p has %i choices, numbered and counted", (n, count) => {
    const { choices, usage } = jsonTo("chat_completion", { messages, n })
    expect(choices.map(({ index }: { index: number }) => index)).toEqual([...Array(count).keys()])
    expect(usage.completion_tokens).toBe(9 * count)
  })
})

describe("a completion", () => {
  test.each([
    ["a text", "one two", ["one two"]],
    ["each text of a list", ["one", "two"], ["one", "two"]],
    ["a list of tokens", [1, 2], ["[1,2]"]],
    ["each list of tokens", [[1, 2], [3]], ["[1,2]", "[3]"]],
  ])("repeats %s", (_, prompt, repeated) => {
    const { choices, object, id, system_fingerprint } = jsonTo("text_completion", { prompt })
    expect({ object, id, system_fingerprint }).toEqual({
      object: "text_completion",
      id: "cmpl-mock-job-1",
      system_fingerprint: "mock",
    })
    expect(choices).toEqual(
      repeated.map((text, index) => ({ index, text: `${notice} ${text}`, logprobs: null, finish_reason: "stop" })),
    )
  })

  test("makes n choices of each prompt, in order, and counts all of them", () => {
    const { choices, usage } = jsonTo("text_completion", { prompt: ["a", "b c"], n: 2 })
    const texts = choices.map(({ text, index }: { text: string; index: number }) => `${index}${text.at(-1)}`)
    expect(texts).toEqual(["0a", "1a", "2c", "3c"])
    expect(usage).toEqual({ prompt_tokens: 3, completion_tokens: 4 * 8 + 6, total_tokens: 41 })
  })
})

describe("a response", () => {
  test("is what OpenAI documents, and repeats the input", () => {
    expect(jsonTo("responses", { input: "Hello there", instructions: "Be kind", temperature: 0 })).toMatchObject({
      id: "resp_job1",
      object: "response",
      created_at: CREATED,
      status: "completed",
      model: "echo",
      error: null,
      instructions: "Be kind",
      temperature: 0,
      output: [
        {
          id: "msg_mock_job-1",
          type: "message",
          status: "completed",
          role: "assistant",
          content: [{ type: "output_text", text: `${notice} Hello there`, annotations: [] }],
        },
      ],
      usage: { input_tokens: 4, output_tokens: 10, total_tokens: 14 },
    })
  })

  test("repeats the last user message of a list of items", () => {
    const input = [
      { role: "user", content: "one" },
      { type: "message", role: "user", content: [{ type: "input_text", text: "two" }] },
      { type: "function_call_output", call_id: "1", output: "three" },
    ]
    expect(jsonTo("responses", { input }).output[0].content[0].text).toBe(`${notice} two`)
  })
})

describe("embeddings", () => {
  function vectorsOf(fields: Record<string, unknown>): number[][] {
    return jsonTo("embedding", fields).data.map(({ embedding }: { embedding: number[] }) => embedding)
  }
  const lengthOf = (vector: number[] = []) => Math.sqrt(vector.reduce((sum, number) => sum + number * number, 0))

  test.each([
    [undefined, 256],
    [1, 1],
    [8, 8],
    [1536, 1536],
    [4096, 4096],
    [5000, 4096],
    [0, 256],
  ])("with dimensions %p have %i numbers and the length 1", (dimensions, count) => {
    const [vector] = vectorsOf({ input: "Hello", dimensions })
    expect(vector).toHaveLength(count)
    expect(Math.abs(lengthOf(vector) - 1)).toBeLessThan(1e-6)
  })

  test("are the same for the same text, alone or in a list, and far apart for different ones", () => {
    const [hello = [], hallo = [], again = []] = vectorsOf({ input: ["Hello", "Hallo", "Hello"] })
    expect(again).toEqual(hello)
    expect(vectorsOf({ input: "Hello" })).toEqual([hello])
    expect(Math.abs(hello.reduce((sum, number, index) => sum + number * (hallo[index] ?? 0), 0))).toBeLessThan(0.5)
  })

  test("of a thousand texts are a thousand", () => {
    const input = Array.from({ length: 1000 }, (_, index) => `text ${index}`)
    expect(new Set(vectorsOf({ input, dimensions: 4 }).map(String)).size).toBe(1000)
  })

  test.each([
    ["a text", "one two", 1, 2],
    ["a list of texts", ["one two", "three"], 2, 3],
    ["a list of tokens", [5, 6, 7], 1, 3],
    ["a list of lists of tokens", [[5, 6, 7], [8]], 2, 4],
  ])("of %s: one for each input, with usage", (_, input, count, tokens) => {
    const { data, object, model, usage } = jsonTo("embedding", { input })
    expect({ object, model, usage }).toEqual({
      object: "list",
      model: "echo",
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    })
    expect(data.map(({ index }: { index: number }) => index)).toEqual([...Array(count).keys()])
  })

  test("in base64 are the same numbers as little-endian float32", () => {
    const fields = { input: ["Hello", "there"], dimensions: 16 }
    const decoded = jsonTo("embedding", { ...fields, encoding_format: "base64" }).data.map(
      ({ embedding }: { embedding: string }) => {
        const bytes = Buffer.from(embedding, "base64")
        return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
      },
    )
    expect(decoded).toEqual(vectorsOf({ ...fields, encoding_format: "float" }))
  })

  test("of more inputs than the limit say that they were cut", () => {
    const { data, mock } = jsonTo("embedding", { input: new Array(2049).fill("a"), dimensions: 1 })
    expect(data).toHaveLength(2048)
    expect(mock).toBe("the first 2048 of 2049 inputs are answered")
    expect(jsonTo("embedding", { input: new Array(2048).fill("a"), dimensions: 1 })).not.toHaveProperty("mock")
  })
})

describe("speech", () => {
  /** The chunks from `at` on, by name. */
  function chunksOf(bytes: Buffer, at: number): Record<string, Buffer> {
    const chunks: Record<string, Buffer> = {}
    let next = at
    while (next < bytes.length) {
      const size = bytes.readUInt32LE(next + 4)
      chunks[bytes.toString("latin1", next, next + 4)] = bytes.subarray(next + 8, next + 8 + size)
      next += 8 + size + (size % 2)
    }
    expect(next).toBe(bytes.length)
    return chunks
  }

  test.each([
    ["", 0.1],
    ["Hi", 0.1],
    ["Hey", 0.15],
    ["Hello there", 0.55],
    ["x".repeat(1000), 2],
  ])("of %j is a WAV file of %d s, 8 kHz, 16 bits, one channel", (input, seconds) => {
    const { contentType, bytes } = answerTo("speech", { input, voice: "alloy", response_format: "mp3" })
    expect(contentType).toBe("audio/wav")
    expect(bytes.toString("latin1", 0, 4)).toBe("RIFF")
    expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8)
    expect(bytes.toString("latin1", 8, 12)).toBe("WAVE")
    const { "fmt ": format = Buffer.alloc(0), data = Buffer.alloc(0), LIST: list } = chunksOf(bytes, 12)
    expect(format.toString("hex")).toBe("01000100401f0000803e000002001000")
    expect(data.byteOffset - bytes.byteOffset).toBe(44)
    expect(data.length).toBe(Math.round(seconds * 8000) * 2)
    expect(list?.toString("latin1")).toContain(notice)
  })

  test("is a tone of 440 Hz", () => {
    const { data = Buffer.alloc(0) } = chunksOf(answerTo("speech", { input: "x".repeat(20) }).bytes, 12)
    const samples = Array.from({ length: data.length / 2 }, (_, index) => data.readInt16LE(index * 2))
    const rises = samples.filter((sample, index) => sample >= 0 && (samples[index - 1] ?? 0) < 0).length
    expect(Math.abs(rises - 440)).toBeLessThanOrEqual(1)
    expect(Math.max(...samples)).toBeGreaterThan(7900)
  })
})

describe("a transcription", () => {
  const text = `${notice} talk one.wav, 24000 bytes`
  const files = [file("other.txt", 1, "notes"), file("talk\none.wav", 24_000)]

  test.each([undefined, "json", "diarized"])("as %p is JSON that names the file and its size", (response_format) => {
    expect(jsonTo("transcription", { response_format }, files)).toEqual({
      text,
      usage: { type: "duration", seconds: 2 },
    })
  })

  test.each([
    ["text", "text/plain", `${text}\n`],
    ["srt", "application/x-subrip", `1\n00:00:00,000 --> 00:00:01,500\n${text}\n\n`],
    ["vtt", "text/vtt", `WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n${text}\n\n`],
  ])("as %s is %s", (response_format, type, expected) => {
    const answer = answerTo("transcription", { response_format }, files)
    expect(answer.contentType).toBe(`${type}; charset=utf-8`)
    expect(answer.text).toBe(expected)
  })

  test("of a long file has subtitles with hours, minutes and seconds", () => {
    const long = [file("long.wav", 16_000 * 3725 + 16)]
    expect(answerTo("transcription", { response_format: "srt" }, long).text).toContain("--> 01:02:05,001\n")
  })

  test("as verbose_json has task, language, duration and segments that fill it", () => {
    const fields = { response_format: "verbose_json", language: "de" }
    expect(jsonTo("transcription", fields, files)).toMatchObject({
      task: "transcribe",
      language: "de",
      duration: 1.5,
      text,
      segments: [{ id: 0, start: 0, end: 1.5, text }],
    })
    expect(jsonTo("transcription", { response_format: "verbose_json" }, files).language).toBe("english")
  })

  test("of a file without a name, or of none, says so", () => {
    expect(jsonTo("transcription", {}, [file(null, 5)]).text).toBe(`${notice} a file without a name, 5 bytes`)
    expect(jsonTo("transcription", {}).text).toBe(`${notice} a file without a name, 0 bytes`)
  })
})

describe("images", () => {
  /** Reads a PNG file as its specification says, every checksum included. */
  function decode(bytes: Buffer) {
    expect(bytes.toString("hex", 0, 8)).toBe("89504e470d0a1a0a")
    const chunks: { name: string; content: Buffer }[] = []
    for (let at = 8; at < bytes.length; ) {
      const end = at + 8 + bytes.readUInt32BE(at)
      expect(bytes.readUInt32BE(end)).toBe(crc32(bytes.subarray(at + 4, end)))
      chunks.push({ name: bytes.toString("latin1", at + 4, at + 8), content: bytes.subarray(at + 8, end) })
      at = end + 4
    }
    expect(chunks.map(({ name }) => name)).toEqual(["IHDR", "tEXt", "IDAT", "IEND"])
    const [header = Buffer.alloc(13), comment = Buffer.alloc(0), data = Buffer.alloc(0)] = chunks.map((c) => c.content)
    expect([...header.subarray(8)]).toEqual([8, 2, 0, 0, 0])
    expect(comment.toString("latin1")).toBe(`Comment\0${notice}`)
    const width = header.readUInt32BE(0)
    const height = header.readUInt32BE(4)
    const pixels = inflateSync(data)
    expect(pixels.length).toBe(height * (1 + width * 3))
    for (let row = 0; row < height; row++) expect(pixels[row * (1 + width * 3)]).toBe(0)
    return { size: `${width}x${height}`, pixels }
  }

  function imagesOf(fields: Record<string, unknown>, files: MockRequest["files"] = []) {
    const { data } = jsonTo("image_generation", fields, files) as { data: { b64_json: string }[] }
    return data.map(({ b64_json }) => decode(Buffer.from(b64_json, "base64")))
  }

  test.each(["image_generation", "image_edit", "image_variation"])("of %s are PNG files", (requestType) => {
    const { created, data, output_format, size } = jsonTo(requestType, { prompt: "a fox" })
    expect({ created, output_format, size }).toEqual({ created: CREATED, output_format: "png", size: "64x64" })
    expect(data).toHaveLength(1)
    expect(data[0].revised_prompt).toBe(`${notice} a fox`)
    expect(decode(Buffer.from(data[0].b64_json, "base64")).size).toBe("64x64")
  })

  test.each([
    ["1024x1024", "64x64"],
    ["16x32", "16x32"],
    ["1792x1024", "64x37"],
    ["1024x1536", "43x64"],
    ["1x1", "1x1"],
    ["100000x1", "64x1"],
    ["auto", "64x64"],
    ["0x5", "64x64"],
    ["5x5x5", "64x64"],
  ])("of size %s come as %s", (size, expected) => {
    expect(imagesOf({ prompt: "a fox", size })[0]?.size).toBe(expected)
    expect(jsonTo("image_generation", { size }).size).toBe(expected)
  })

  test.each([
    [undefined, 1],
    [3, 3],
    ["2", 2],
    [10, 10],
    [11, 1],
    ["many", 1],
  ])("with n %p are %i, no two alike", (n, count) => {
    const pixels = imagesOf({ prompt: "a fox", n }).map((image) => image.pixels.toString("hex"))
    expect(new Set(pixels).size).toBe(count)
    expect(pixels).toHaveLength(count)
  })

  test("have two colours, which come from the prompt and the image given", () => {
    const pictures = [
      imagesOf({ prompt: "a fox" }),
      imagesOf({ prompt: "a hen" }),
      imagesOf({ prompt: "a fox" }, [file("a.png", 1, "image")]),
      imagesOf({ prompt: "a fox" }, [file("a.png", 2, "image")]),
    ].map(([image]) => image?.pixels.toString("hex"))
    expect(new Set(pictures).size).toBe(4)
    const rows = pictures[0]?.match(/.{386}/g) ?? []
    expect(rows).toHaveLength(64)
    expect(new Set(rows).size).toBe(2)
  })

  test("as url are data URLs of the same bytes", () => {
    const [asUrl] = jsonTo("image_generation", { prompt: "a fox", response_format: "url" }).data
    const [asBase64] = jsonTo("image_generation", { prompt: "a fox", response_format: "b64_json" }).data
    expect(asUrl.url).toBe(`data:image/png;base64,${asBase64.b64_json}`)
    expect(asUrl).not.toHaveProperty("b64_json")
    expect(asBase64).not.toHaveProperty("url")
  })
})

describe("a reranking", () => {
  const query = "capital of France"
  const documents = [
    "Bananas are yellow.",
    { text: "Paris, CAPITAL of France!", page: 3 },
    "The capital",
    query,
    "Cats",
  ]
  const indexesOf = (answer: { results: { index: number }[] }) => answer.results.map(({ index }) => index)

  test("puts first what shares most words, and keeps the order of equals", () => {
    const answer = jsonTo("rerank", { query, documents })
    expect(answer).toMatchObject({ id: "mock-rerank-job-1", model: "echo", meta: { api_version: { version: "2" } } })
    expect(indexesOf(answer)).toEqual([3, 1, 2, 0, 4])
    const scores = answer.results.map(({ relevance_score }: { relevance_score: number }) => relevance_score)
    expect(scores).toEqual([1, 6 / 7, 2 / 5, 0, 0])
    for (const result of answer.results) expect(Object.keys(result)).toEqual(["index", "relevance_score"])
  })

  test.each([
    [1, 1],
    [2, 2],
    [5, 5],
    [99, 5],
    [undefined, 5],
  ])("with top_n %p has the best %i", (top_n, count) => {
    expect(indexesOf(jsonTo("rerank", { query, documents, top_n }))).toEqual([3, 1, 2, 0, 4].slice(0, count))
  })

  test("returns the documents when asked", () => {
    const { results } = jsonTo("rerank", { query, documents, return_documents: true, top_n: 2 })
    expect(results.map(({ document }: { document: unknown }) => document)).toEqual([{ text: query }, documents[1]])
  })

  test("of nothing to compare scores 0", () => {
    expect(jsonTo("rerank", { query: "?!", documents: ["…"] }).results).toEqual([{ index: 0, relevance_score: 0 }])
  })
})

describe("OCR", () => {
  test("is what Mistral documents, one page that names the document", () => {
    const document = { type: "document_url", document_url: "https://example.com/a.pdf" }
    expect(jsonTo("ocr", { document })).toEqual({
      pages: [
        {
          index: 0,
          markdown: `# Mock OCR\n\n${notice}\n\nThe document: https://example.com/a.pdf`,
          images: [],
          dimensions: { dpi: 200, height: 2200, width: 1700 },
        },
      ],
      model: "echo",
      document_annotation: null,
      usage_info: { pages_processed: 1, doc_size_bytes: null },
    })
  })

  test.each([
    ["an image's URL", { type: "image_url", image_url: "https://example.com/a.png" }, "https://example.com/a.png"],
    ["one inside an object", { type: "image_url", image_url: { url: "https://x.test/b.png" } }, "https://x.test/b.png"],
    ["a file's id", { type: "file", file_id: "file-7" }, "file-7"],
    ["nothing", {}, "none"],
    [
      "a long data URL, shortened",
      { document_url: `data:application/pdf;base64,${"A".repeat(1000)}` },
      `data:application/pdf;base64,${"A".repeat(172)}… (1028 characters)`,
    ],
  ])("names %s", (_, document, name) => {
    expect(jsonTo("ocr", { document }).pages[0].markdown).toEndWith(`The document: ${name}`)
  })
})
