// Section 8 of the wire contract: the result of each request type, and the bytes of those that have any.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { join } from "node:path"
import type { Job } from "../harness.ts"
import { openDatabase } from "../opendatabase.ts"
import { describeHere, expectRefusal, openWire, testFile, testHere, type Wire } from "./gateway.ts"
import { type Recorder, startRecorder } from "./recorder.ts"
import { chat, findType, types } from "./types.ts"

const JOBS = "/v1/async/jobs"
const EXTRA_FIELDS = [
  "request_type",
  "provider",
  "model_requested",
  "original_model_requested",
  "resolved_model_used",
  "latency",
  "chunk_index",
]

let upstream: Recorder
let wire: Wire
beforeAll(async () => {
  upstream = startRecorder()
  wire = await openWire({ providers: { up: { network_config: { base_url: upstream.url, max_retries: 0 } } } })
})
afterAll(async () => {
  await wire.dispose()
  await upstream.stop()
})

const content = (id: string, headers: Record<string, string> = {}, query = "") =>
  wire.fetch(`${JOBS}/${id}/content${query}`, { headers, redirect: "manual" })
/** Bun sends what comes in several pieces in chunks, without its length. */
const expectLength = ({ headers }: Response, length: number) =>
  expect(headers.get("content-length") ?? headers.get("transfer-encoding")).toBeOneOf([String(length), "chunked"])
const toBytes = async (response: Response) => Buffer.from(await response.arrayBuffer())

/** The text of a job's result, cut out of the poll as it came. */
async function resultText(path: string, id: string): Promise<string> {
  const text = await (await wire.fetch(`${path}/${id}`)).text()
  return text.slice(text.indexOf('"result":') + '"result":'.length, -"}\n".length)
}

describe.each(types)("the result of $requestType", (type) => {
  test("ends with extra_fields, in the wire's order", async () => {
    const { result } = await wire.run(type)
    expect(type.isResult(result)).toBe(true)
    expect(Object.keys(result).at(-1)).toBe("extra_fields")
    expect(Object.keys(result.extra_fields)).toEqual(EXTRA_FIELDS)
    const [provider, ...rest] = type.model.split("/")
    const model = rest.join("/")
    expect(result.extra_fields).toMatchObject({
      request_type: type.requestType,
      provider,
      model_requested: model,
      original_model_requested: model,
      resolved_model_used: model,
      chunk_index: 0,
    })
    expect(Number.isInteger(result.extra_fields.latency)).toBe(true)
  })

  testHere("is the provider's JSON as it came, spaces, order, numbers and all", async () => {
    const lists = ["choices", "data", "results", "pages", "output"].map((name) => `"${name}" : [ {"index" : 0} ]`)
    const members = `${lists.join(", ")},\n "text":"t", "audio":"AAAA", "input_tokens":8, "z":1.0, "a":12345678901234567890, "e":"\\u00e9é"`
    upstream.answer(
      () => new Response(`\n{ ${members} }\n`, { headers: { "content-type": "application/json; charset=utf-8" } }),
    )
    const { id, result } = await wire.run(type, { model: "up/m" })
    upstream.answer(null)
    const extra = JSON.stringify(result.extra_fields)
    expect((await resultText(type.path, id)).trim()).toBe(`{ ${members} ,"extra_fields":${extra}}`)
  })

  testHere("of a provider that has extra_fields of its own has ours", async () => {
    const lists =
      '"choices":[{"index":0}],"data":[{"index":0}],"results":[{"index":0}],"pages":[{"index":0}],"output":[{"index":0}],"text":"t","audio":"AAAA","input_tokens":8'
    upstream.answer(
      () => new Response(`{"extra_fields":1,${lists}}`, { headers: { "content-type": "application/json" } }),
    )
    const { result } = await wire.run(type, { model: "up/m" })
    upstream.answer(null)
    expect(Object.keys(result).filter((name) => name === "extra_fields")).toHaveLength(1)
    expect(Object.keys(result.extra_fields)).toEqual(EXTRA_FIELDS)
  })
})

describeHere("the shapes:", () => {
  test("a chat completion has choices with messages", async () => {
    const { result } = await wire.run(chat)
    expect(result.choices).toHaveLength(1)
    expect(result.choices[0].message).toMatchObject({ role: "assistant", content: expect.stringContaining("Hello") })
  })

  test("embeddings are one vector for each input", async () => {
    const { result } = await wire.run(findType("embedding"), { input: ["a", "b"] })
    expect(result.data.map(({ index, embedding }: Job) => [index, Array.isArray(embedding)])).toEqual([
      [0, true],
      [1, true],
    ])
  })

  test("a rerank is its results, each with index and relevance_score, the best first, top_n of them", async () => {
    const { result } = await wire.run(findType("rerank"))
    expect(result.results.map(({ index }: Job) => index)).toEqual([1, 0])
    for (const { relevance_score } of result.results) expect(relevance_score).toBeNumber()
    expect(result.model).toBe("rerank")
    expect((await wire.run(findType("rerank"), { top_n: 1 })).result.results).toHaveLength(1)
  })

  test("an OCR result is its pages, each with index and markdown", async () => {
    const { result } = await wire.run(findType("ocr"))
    expect(result).toMatchObject({ model: "ocr", pages: [{ index: 0, markdown: expect.any(String) }] })
    expect(result.usage_info.pages_processed).toBe(1)
  })
})

describeHere("speech", () => {
  const speech = findType("speech")
  /** Three and a bit pieces of the store, and no multiple of three. */
  const sound = Buffer.alloc(3 * 262_144 + 1000, "asyncgate \xff\x00", "latin1")
  const speak = async (bytes: Uint8Array<ArrayBuffer>, contentType: string | null, over = {}) => {
    upstream.answer(() => {
      const response = new Response(bytes)
      if (contentType !== null) response.headers.set("content-type", contentType)
      return response
    })
    const job = await wire.run(speech, { model: "up/tts", ...over })
    upstream.answer(null)
    return job
  }

  test.each([1, 2, 3, 262_144, 262_145, sound.length])(
    "of %d bytes is base64 in the job, and the bytes with their media type at /content",
    async (length) => {
      const bytes = new Uint8Array(sound.subarray(0, length))
      const { id, result } = await speak(bytes, "audio/mpeg", { response_format: "mp3" })
      expect(Object.keys(result)).toEqual(["audio", "usage", "response_format", "extra_fields"])
      expect(result).toMatchObject({ usage: null, response_format: "mp3" })
      expect(Buffer.from(result.audio, "base64").equals(bytes)).toBe(true)
      expect(result.audio).toHaveLength(Math.ceil(length / 3) * 4)
      const response = await content(id)
      expect(response.status).toBe(200)
      expect(response.headers.get("content-type")).toBe("audio/mpeg")
      expectLength(response, length)
      expect((await toBytes(response)).equals(bytes)).toBe(true)
      // The full view has it too.
      const view = (await (await wire.fetch(`${JOBS}/${id}`)).json()) as Job
      expect(view.result).toEqual(result)
    },
  )

  test("has no response_format where none was asked for", async () => {
    const { result } = await speak(new Uint8Array([1, 2, 3]), "audio/wav")
    expect(Object.keys(result)).toEqual(["audio", "usage", "extra_fields"])
    expect(result.audio).toBe("AQID")
  })

  test("without a media type is application/octet-stream", async () => {
    const { id } = await speak(new Uint8Array([1, 2, 3]), null)
    expect((await content(id)).headers.get("content-type")).toBe("application/octet-stream")
  })

  const script = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
  const runs = [
    ...["image/svg+xml", "application/xhtml+xml", "text/xml", "application/xml", "audio/mpeg+xml", "text/css"],
    ...["text/javascript", "application/javascript", "application/pdf", "text/plain", "multipart/x-mixed-replace"],
    ...[
      "IMAGE/SVG+XML; charset=utf-8",
      "audio/mpeg text/html",
      "audio/",
      "x",
      "image/svg+xml, audio/mpeg",
      "message/rfc822",
    ],
  ]
  test.each(runs)("of the type %s is saved, never run: on our own origin it is bytes", async (type) => {
    const { id } = await speak(new Uint8Array(Buffer.from(script)), type)
    for (const headers of [{}, { range: "bytes=0-9" }]) {
      const response = await content(id, headers)
      expect(response.headers.get("content-type")).toBe("application/octet-stream")
      expect(response.headers.get("content-disposition")).toBe("attachment")
      expectHarmless(response)
    }
  })

  testFile("of an earlier version is served by what its type means now", async () => {
    const { id } = await speak(new Uint8Array(Buffer.from(script)), "audio/mpeg")
    const database = openDatabase(join(wire.own.dir, "asyncgate.db"))
    for (const type of ["text/html", "image/svg+xml", 'audio/mpeg\r\nx: y"', "image/png; a=b"]) {
      database.run("UPDATE jobs SET content_kind = ? WHERE id = ?", [type, id])
      const response = await content(id)
      const shown = type.startsWith("image/png") ? "image/png" : "application/octet-stream"
      expect(response.headers.get("content-type")).toBe(shown)
      expect(response.headers.get("x")).toBeNull()
      expectHarmless(response)
    }
    database.close()
  })

  test.each(["audio/mpeg", "audio/wav", "Audio/L16; rate=24000", "audio/x-ms-wma", "video/mp4", "image/png"])(
    "of the type %s can be played, and do nothing else",
    async (type) => {
      const { id } = await speak(new Uint8Array(Buffer.from(script)), type)
      const response = await content(id)
      expect(response.headers.get("content-type")).toBe(type.split(";", 1)[0]?.toLowerCase() ?? "")
      expect(response.headers.get("content-disposition")).toBeNull()
      expectHarmless(response)
    },
  )

  test("of a provider that answers JSON is that JSON", async () => {
    upstream.answer(() => Response.json({ audio: "AQID", x: 1 }))
    const { result } = await wire.run(speech, { model: "up/tts" })
    upstream.answer(null)
    expect(Object.keys(result)).toEqual(["audio", "x", "extra_fields"])
  })

  test("of the mock provider can be played: a WAV file", async () => {
    const { id, result } = await wire.run(speech)
    const response = await content(id)
    expect(response.headers.get("content-type")).toBe("audio/wav")
    const bytes = await toBytes(response)
    expect(bytes.toString("latin1", 0, 4)).toBe("RIFF")
    expect(result.audio).toBe(bytes.toString("base64"))
  })

  describe("at /content", () => {
    let id: string
    let etag: string
    beforeAll(async () => {
      id = (await speak(new Uint8Array(sound), "audio/mpeg")).id
      etag = (await content(id)).headers.get("etag") ?? ""
    })

    test("has an entity tag, and says that ranges can be had", async () => {
      const { headers } = await content(id)
      expect(etag).toMatch(/^"[^"]+"$/)
      expect(headers.get("etag")).toBe(etag)
      expect(headers.get("accept-ranges")).toBe("bytes")
      expect(headers.get("x-content-type-options")).toBe("nosniff")
    })

    const last = sound.length - 1
    test.each([
      ["bytes=0-0", 0, 0],
      ["bytes=0-99", 0, 99],
      ["bytes=100-", 100, last],
      ["bytes=-10", sound.length - 10, last],
      [`bytes=-${sound.length + 5}`, 0, last],
      [`bytes=5-${sound.length + 5}`, 5, last],
      ["bytes=262143-262144", 262_143, 262_144],
      ["bytes=262144-524287", 262_144, 524_287],
      ["bytes=200000-700000", 200_000, 700_000],
      [`bytes=${last}-`, last, last],
    ])("%s answers 206 with just those bytes", async (range, from, to) => {
      const response = await content(id, { range })
      expect(response.status).toBe(206)
      expect(response.headers.get("content-range")).toBe(`bytes ${from}-${to}/${sound.length}`)
      expectLength(response, to - from + 1)
      expect(response.headers.get("content-type")).toBe("audio/mpeg")
      expect(response.headers.get("etag")).toBe(etag)
      expect((await toBytes(response)).equals(sound.subarray(from, to + 1))).toBe(true)
    })

    test.each([`bytes=${sound.length}-`, "bytes=-0", `bytes=${sound.length + 1}-${sound.length + 2}`, "bytes=5-4"])(
      "%s answers 416 with the length",
      async (range) => {
        const response = await content(id, { range })
        expect(response.status).toBe(416)
        expect(response.headers.get("content-range")).toBe(`bytes */${sound.length}`)
        expectHarmless(response)
        expect(await response.text()).toBe("")
      },
    )

    test.each(["bytes=a-b", "bytes=-", "items=0-1", "bytes=0-1,5-6", "0-1"])(
      "%s is no single range: the whole",
      async (range) => {
        const response = await content(id, { range })
        expect(response.status).toBe(200)
        expect((await toBytes(response)).length).toBe(sound.length)
      },
    )

    test("If-None-Match with its tag answers 304 without a body", async () => {
      for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
        const response = await content(id, { "if-none-match": tag })
        expect(response.status).toBe(304)
        expectHarmless(response)
        expect(response.headers.get("etag")).toBe(etag)
        expect(await response.text()).toBe("")
      }
      expect((await content(id, { "if-none-match": '"other"' })).status).toBe(200)
    })

    test("If-Range with its tag gives the range, with another the whole", async () => {
      const range = "bytes=1-2"
      expect((await content(id, { range, "if-range": etag })).status).toBe(206)
      const response = await content(id, { range, "if-range": '"other"' })
      expect(response.status).toBe(200)
      expect((await toBytes(response)).length).toBe(sound.length)
    })
  })
})

describeHere("a transcription", () => {
  const transcription = findType("transcription")

  test.each([
    ["text", /^\[mock .*\n$/s],
    ["srt", /^1\n00:00:00,000 --> 00:00:\d\d,\d{3}\n/],
    ["vtt", /^WEBVTT\n\n00:00:00\.000 --> /],
  ])("in %s is that text in the member text", async (response_format, text) => {
    const { result } = await wire.run(transcription, { response_format })
    expect(Object.keys(result)).toEqual(["text", "extra_fields"])
    expect(result.text).toMatch(text)
  })

  test.each([
    ["text/plain; charset=utf-8", ' two lines\r\n and "quotes" \\ ü 😀\n'],
    ["application/x-subrip", "1\n00:00:00,000 --> 00:00:01,000\nHi\n\n"],
    ["text/vtt", "WEBVTT\n\n"],
    ["text/plain", '{"text":"this is a text, not JSON"}'],
    ["text/plain", ""],
  ])("as %s keeps every letter: %j", async (contentType, text) => {
    upstream.answer(() => new Response(text, { headers: { "content-type": contentType } }))
    const { result } = await wire.run(transcription, { model: "up/m" })
    upstream.answer(null)
    expect(result.text).toBe(text)
  })

  test("in JSON and verbose JSON is that JSON", async () => {
    expect((await wire.run(transcription, { response_format: "json" })).result.text).toContain("silence.wav")
    const { result } = await wire.run(transcription, { response_format: "verbose_json" })
    expect(result).toMatchObject({ task: "transcribe", segments: [{ id: 0 }] })
  })
})

/** No browser does more with it than to show or to play it. */
function expectHarmless({ headers }: Response): void {
  expect(headers.get("x-content-type-options")).toBe("nosniff")
  expect(headers.get("content-security-policy")).toBe("sandbox; default-src 'none'")
}

describeHere("images", () => {
  const elsewhere = [
    ...[
      "javascript:alert(1)",
      "data:text/html,<script>1</script>",
      "file:///etc/passwd",
      "//example.com/a",
      "/v1/models",
    ],
    ...["java\nscript:alert(1)", "vbscript:x", "blob:https://example.com/1", "https://", "", "http:\\\\", null, 1],
  ]
  test.each(elsewhere)("at %j are no addresses to be sent to", async (url) => {
    upstream.answer(() => Response.json({ created: 1, data: [{ url }, null, "x"] }))
    const { id } = await wire.run(findType("image_generation"), { model: "up/m" })
    upstream.answer(null)
    for (const index of [0, 1, 2]) {
      const response = await content(id, {}, `?index=${index}`)
      expect(response.status).toBe(404)
      expect(response.headers.get("x-content-type-options")).toBe("nosniff")
    }
  })

  test("at an address with line breaks are at that address without them", async () => {
    upstream.answer(() => Response.json({ created: 1, data: [{ url: "https://example.com/a\r\nSet-Cookie: a=b" }] }))
    const { id } = await wire.run(findType("image_generation"), { model: "up/m" })
    upstream.answer(null)
    const { status, headers } = await content(id)
    expect(status).toBe(302)
    expect(headers.get("location")).toBe("https://example.com/aSet-Cookie:%20a=b")
    expect(headers.get("set-cookie")).toBeNull()
  })

  test("that are pages or drawings inside are bytes", async () => {
    const drawing = Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").toString("base64")
    const data = [{ b64_json: drawing }, { url: `data:image/svg+xml;base64,${drawing}` }]
    upstream.answer(() => Response.json({ created: 1, data }))
    const { id } = await wire.run(findType("image_generation"), { model: "up/m" })
    upstream.answer(null)
    for (const index of [0, 1]) {
      const response = await content(id, {}, `?index=${index}`)
      expect(response.headers.get("content-type")).toBe("application/octet-stream")
      expect(response.headers.get("content-disposition")).toBe("attachment")
      expectHarmless(response)
    }
  })

  const PNG = Buffer.from("\x89PNG\r\n\x1a\n first", "latin1")
  const JPEG = Buffer.from("\xff\xd8\xff\xe0 second", "latin1")
  const URL = "https://images.example.com/a.png?sig=x%2Fy"
  const data = [
    { b64_json: PNG.toString("base64"), revised_prompt: "a" },
    { b64_json: JPEG.toString("base64") },
    { url: URL },
  ]

  const imageTypes = ["image_generation", "image_edit", "image_variation"].map(findType)
  test.each(imageTypes)("of $requestType are as the provider gave them, url or b64_json", async (type) => {
    upstream.answer(() => Response.json({ created: 1, data }))
    const { id, result } = await wire.run(type, { model: "up/m" })
    upstream.answer(null)
    expect(result.data).toEqual(data)
    expect(Object.keys(result)).toEqual(["created", "data", "extra_fields"])

    const first = await content(id)
    expect(first.status).toBe(200)
    expect(first.headers.get("content-type")).toBe("image/png")
    expect((await toBytes(first)).equals(PNG)).toBe(true)
    const second = await content(id, {}, "?index=1")
    expect(second.headers.get("content-type")).toBe("image/jpeg")
    expect(second.headers.get("etag")).not.toBe(first.headers.get("etag"))
    expect((await toBytes(second)).equals(JPEG)).toBe(true)
    const part = await content(id, { range: "bytes=1-3" }, "?index=0")
    expect(part.status).toBe(206)
    expect((await toBytes(part)).toString()).toBe("PNG")

    // Nothing is hosted here again: its own address is the answer.
    const third = await content(id, {}, "?index=2")
    expect(third.status).toBe(302)
    expect(third.headers.get("location")).toBe(URL)
    expectHarmless(third)

    for (const index of ["3", "-1", "x", "1.0", "99999"]) {
      await expectRefusal(await content(id, {}, `?index=${index}`), {
        status: 404,
        message: `there is no image at index ${index}: ?index=N counts from 0`,
        code: "content_not_found",
      })
    }
  })

  test("that are larger than a piece of the store come whole, and in ranges", async () => {
    const large = Buffer.concat([PNG, Buffer.alloc(600_001, "large")])
    upstream.answer(() => Response.json({ data: [{ b64_json: large.toString("base64") }] }))
    const { id, result } = await wire.run(findType("image_generation"), { model: "up/m" })
    upstream.answer(null)
    expect(result.data[0].b64_json).toHaveLength(large.toString("base64").length)
    expect((await toBytes(await content(id))).equals(large)).toBe(true)
    const part = await content(id, { range: "bytes=200000-600000" })
    expect((await toBytes(part)).equals(large.subarray(200_000, 600_001))).toBe(true)
  })

  test.each(imageTypes)("of the mock provider for $requestType can be looked at: n of them", async (type) => {
    const { id, result } = await wire.run(type, { n: 2, size: "32x16" })
    expect(result.data).toHaveLength(2)
    for (const index of [0, 1]) {
      const response = await content(id, {}, `?index=${index}`)
      expect(response.headers.get("content-type")).toBe("image/png")
      expect((await toBytes(response)).toString("base64")).toBe(result.data[index].b64_json)
    }
  })
})

describeHere("/content", () => {
  test.each(types.filter(({ requestType }) => !/^(speech|image_)/.test(requestType)))(
    "of $requestType answers 404: its result is in the job",
    async (type) => {
      const { id } = await wire.run(type)
      await expectRefusal(await content(id), {
        status: 404,
        message: /has no binary content: its result is in the job$/,
        code: "content_not_found",
      })
    },
  )

  test("of a job that runs or has failed answers 404 and says which", async () => {
    const speech = findType("speech")
    const { id: running } = await wire.accept(speech, { mock: { hang: true } })
    await expectRefusal(await content(running), { status: 404, message: /^the job is (pending|processing): / })
    const { id: failed } = await wire.run(speech, { mock: { status: 404 } })
    await expectRefusal(await content(failed), { status: 404, message: /^the job is failed: / })
  })
})

describeHere("an answer that is not what the type promises fails the job with 502 unreadable_response", () => {
  test.each(types)("$requestType", async (type) => {
    for (const answer of [
      () => new Response("<html>Welcome</html>", { headers: { "content-type": "text/html" } }),
      () => Response.json({ something: "else" }),
      () => new Response('{"choices":[', { headers: { "content-type": "application/json" } }),
    ]) {
      upstream.answer(answer)
      const job = await wire.run(type, { model: "up/m" })
      expect(job).toMatchObject({ status: "failed", status_code: 502 })
      expect(job.error.type).toBe("unreadable_response")
    }
    upstream.answer(null)
  })
})
