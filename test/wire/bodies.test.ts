// Section 7 of the wire contract: what reaches a provider is what the client sent, byte for byte, but for model's value and the members that are ours.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { describeHere, openWire, type Wire } from "./gateway.ts"
import { type Recorder, startRecorder } from "./recorder.ts"
import { chat, findType, type RequestType, types } from "./types.ts"

let upstream: Recorder
let wire: Wire
beforeAll(async () => {
  upstream = startRecorder()
  wire = await openWire({
    providers: {
      up: { network_config: { base_url: upstream.url, max_retries: 1, retry_backoff_initial: 1 } },
      slashed: { network_config: { base_url: `${upstream.url}/v1/` } },
    },
  })
})
afterAll(async () => {
  await wire.dispose()
  await upstream.stop()
})

/** Submits the bytes, waits for the job to be completed, and gives what the provider got. */
async function sent(type: RequestType, body: string | Buffer, contentType = "application/json") {
  const bytes = typeof body === "string" ? body : new Uint8Array(body)
  const count = upstream.received.length
  const response = await wire.post(type.path, bytes, { "content-type": contentType, prefer: "wait=60" })
  expect(await response.json()).toMatchObject({ status: "completed", status_code: 200 })
  expect(upstream.received).toHaveLength(count + 1)
  return upstream.last()
}

describeHere.each(types)("$requestType", (type) => {
  test("goes to the provider's own path for it, whether base_url ends in /v1 or not", async () => {
    for (const provider of ["up", "slashed"]) {
      await wire.run(type, { model: `${provider}/m` })
      expect(upstream.last().path).toBe(type.upstreamPath)
    }
  })

  test("splits the model at the first slash: the rest is the provider's", async () => {
    const job = await wire.run(type, { model: "up/meta-llama/x:free" })
    expect(upstream.last().bytes.toString("latin1")).toContain("meta-llama/x:free")
    expect(upstream.last().bytes.toString("latin1")).not.toContain("up/meta")
    expect(job.result.extra_fields).toMatchObject({ provider: "up", model_requested: "meta-llama/x:free" })
  })
})

describeHere.each(types.filter(({ form }) => form === "json"))("the JSON of $requestType", (type) => {
  const required = JSON.stringify(type.members).slice(1, -1)
  /** What a parser and printer would change: space, order, spellings of numbers and letters, names that come twice, unknown members. */
  const odd =
    '\n\t"unknown" : {"b":1,"a":[1.0,1e3,-0,12345678901234567890,0.1e-7]},\r\n "\\u0061": "\\u00e9é😀\\ud83d\\ude00\\/", "twice":1,"twice":2,  "__proto__":{"model":"x/y","stream":true} , "n": null'

  const rows: [name: string, before: string, after: string][] = [
    ["with model first", `{"model":"up/m",${required},${odd}}`, `{"model":"m",${required},${odd}}`],
    [
      "with model last",
      ` { ${required},${odd}, "model" :  "up\\/m\\u0031" } \n`,
      ` { ${required},${odd}, "model" :  "m1" } \n`,
    ],
    ["with model between", `{${odd},"model":"up/m",${required}}`, `{${odd},"model":"m",${required}}`],
    ["with stream false", `{"stream":false,"model":"up/m",${required}}`, `{"stream":false,"model":"m",${required}}`],
    ["with stream null", `{"model":"up/m",${required}, "stream" : null}`, `{"model":"m",${required}, "stream" : null}`],
    ["with fallbacks null", `{"model":"up/m","fallbacks":null,${required}}`, `{"model":"m",${required}}`],
  ]
  test.each(rows)("%s arrives byte for byte, but for model's value and what is ours", async (_, before, after) => {
    const { bytes, headers } = await sent(type, before)
    expect(bytes.toString()).toBe(after)
    expect(headers["content-type"]).toBe("application/json")
    expect(headers["content-length"]).toBe(String(bytes.length))
  })
})

describeHere("an image edit in JSON", () => {
  test.each([
    '{"model":"up/m","prompt":"p","image":"https://example.com/a.png"}',
    '{"model":"up/m","prompt":"p","image":["data:image/png;base64,AAAA","https://example.com/b.png"]}',
    '{"model":"up/m","images":[{"image_url":"https://example.com/a.png"}],"prompt":"p"}',
  ])("is accepted and arrives byte for byte: %s", async (body) => {
    const { bytes, headers } = await sent(findType("image_edit"), body)
    expect(bytes.toString()).toBe(body.replace("up/m", "m"))
    expect(headers["content-type"]).toBe("application/json")
  })
})

/** A part of a form: its header lines as they are written, and its content. */
interface Part {
  head: string[]
  content: Buffer
}

const field = (name: string, text: string, ...more: string[]): Part => ({
  head: [`Content-Disposition: form-data; name="${name}"`, ...more],
  content: Buffer.from(text),
})
const file = (disposition: string, content: Buffer, ...more: string[]): Part => ({
  head: [`Content-Disposition: form-data; ${disposition}`, ...more],
  content,
})

const BOUNDARY = "----Boundary'7(Q)+_,-./:=?x"
const FORM = `multipart/form-data; boundary="${BOUNDARY}"`

function formOf(parts: readonly Part[], boundary = BOUNDARY, around: [string, string] = ["", "\r\n"]): Buffer {
  const pieces = parts.flatMap(({ head, content }) => [
    Buffer.from(`--${boundary}\r\n${head.join("\r\n")}\r\n\r\n`),
    content,
    Buffer.from("\r\n"),
  ])
  return Buffer.concat([Buffer.from(around[0]), ...pieces, Buffer.from(`--${boundary}--${around[1]}`)])
}

/** Bytes that look like nothing, and like a form where it hurts: line ends, dashes and beginnings of the boundary. */
function toBytes(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[at] = state >>> 16
  }
  const lookalike = Buffer.from(`\r\n--${BOUNDARY.slice(0, -1)}\r\n\r\n--\r\n`)
  for (let at = 0; at + lookalike.length < length; at += 4099) bytes.set(lookalike, at)
  return bytes
}

describeHere("a form", () => {
  /** With `model` as the client writes it and as the provider gets it. */
  interface Row {
    name: string
    type: RequestType
    parts: (model: Part) => Part[]
  }
  const stream = field("stream", "false")
  const rows: Row[] = [
    {
      name: "of a transcription: arrays, JSON text and lists",
      type: findType("transcription"),
      parts: (model) => [
        file('name="file"; filename="a b.wav"', toBytes(5000, 1), "Content-Type: audio/x-wav; rate=8000"),
        model,
        field("timestamp_granularities[]", "word"),
        field("timestamp_granularities[]", "segment"),
        field("include[]", "logprobs"),
        field("chunking_strategy", '{"type":"server_vad",  "threshold":0.50}'),
        stream,
        field("prompt", " two\r\nlines\n and spaces "),
        field("temperature", "0.10"),
        field("unknown", ""),
      ],
    },
    {
      name: "of an image edit: several images, a mask, odd names",
      type: findType("image_edit"),
      parts: (model) => [
        model,
        file('name="image[]"; filename="first.png"', toBytes(700, 2), "Content-Type: image/png"),
        file('name="image[]"; filename="zweites \u{1F600} ü.png"', toBytes(701, 3), "Content-Type: image/png"),
        file(`name="image[]"; filename="a%22b.png"; filename*=UTF-8''na%C3%AFve.png`, toBytes(702, 4)),
        file('filename=mask.png; name="mask"', toBytes(703, 5), "content-type:image/png", "X-Extra:  kept "),
        field("prompt", "Make it night ü 😀", "Content-Type: text/plain; charset=utf-8"),
        stream,
        field("size", "1024x1024"),
      ],
    },
    {
      name: "of an image edit with one image, named image",
      type: findType("image_edit"),
      parts: (model) => [file('name="image"; filename="a.png"', toBytes(10, 6)), stream, field("prompt", "p"), model],
    },
    {
      name: "of an image variation, with model last",
      type: findType("image_variation"),
      parts: (model) => [
        stream,
        file('name="image"; filename="C:\\\\pics\\\\a.png"', toBytes(1, 7), "Content-Transfer-Encoding: binary"),
        field("n", "2"),
        field("response_format", "b64_json"),
        model,
      ],
    },
    {
      name: "with a file of more than a megabyte",
      type: findType("image_edit"),
      parts: (model) => [
        field("prompt", "p"),
        file('name="image"; filename="big.png"', toBytes(1_300_001, 8), "Content-Type: image/png"),
        model,
      ],
    },
    {
      name: "with files whose names and contents are those of fields",
      type: findType("image_edit"),
      parts: (model) => [
        file('name="prompt"; filename="model"', Buffer.from("up/m")),
        file('name="image"; filename="stream"', Buffer.from("true")),
        model,
      ],
    },
  ]
  const model = (value: string) => field("model", value, "X-Of: model")

  test.each(rows)("$name arrives byte for byte, but for model's value", async ({ type, parts }) => {
    const { bytes, headers } = await sent(type, formOf(parts(model("up/provider's/model"))), FORM)
    const expected = formOf(parts(model("provider's/model")))
    // Not toEqual: a difference of a megabyte would be printed.
    expect(bytes.length).toBe(expected.length)
    expect(bytes.equals(expected)).toBe(true)
    expect(headers["content-type"]).toBe(FORM)
    expect(headers["content-length"]).toBe(String(expected.length))
  })

  test("keeps what stands around it, and the padding of its delimiters", async () => {
    const parts = (value: string) => [model(value), file('name="image"; filename="a"', Buffer.from("x"))]
    const around: [string, string] = ["a preamble\r\n", "  \t\r\nan epilogue\r\n--b\r\n"]
    const { bytes } = await sent(
      findType("image_variation"),
      formOf(parts("up/m"), "b", around),
      "Multipart/Form-Data; charset=utf-8; Boundary=b",
    )
    expect(bytes.toString()).toBe(formOf(parts("m"), "b", around).toString())
    expect(upstream.last().headers["content-type"]).toBe("Multipart/Form-Data; charset=utf-8; Boundary=b")
  })

  test("is sent again whole when the provider asks for another try", async () => {
    const parts = (value: string) => [file('name="image"; filename="a"', toBytes(600_000, 9)), model(value)]
    let calls = 0
    upstream.answer(() =>
      Response.json(
        { data: [{ url: "https://a.example/1" }] },
        { status: ++calls < 2 ? 429 : 200, headers: { "retry-after": "0.01" } },
      ),
    )
    const start = upstream.received.length
    const response = await wire.post(findType("image_variation").path, new Uint8Array(formOf(parts("up/m"))), {
      "content-type": FORM,
      prefer: "wait=60",
    })
    upstream.answer(null)
    expect(await response.json()).toMatchObject({ status: "completed" })
    const expected = formOf(parts("m"))
    expect(upstream.received.slice(start).map(({ bytes }) => bytes.equals(expected))).toEqual([true, true])
  })
})

describeHere("background of a response", () => {
  const responses = findType("responses")
  const padding = ["", `,"user":"${"x".repeat(2 * 1024 * 1024)}"`]

  test.each(["true", "false", "null"])("%s is taken, and no provider hears of it", async (background) => {
    for (const more of padding) {
      for (const text of [
        `{"model":"up/m","input":"Hi","background":${background},"z":1.0${more}}`,
        `{ "background" : ${background} ,"model":"up/m","input":"Hi","z":1.0${more}}`,
      ]) {
        const { bytes } = await sent(responses, text)
        expect(bytes.toString()).not.toContain("background")
        expect(bytes.toString()).toContain('"z":1.0')
        expect(JSON.parse(bytes.toString())).toMatchObject({ model: "m", input: "Hi" })
      }
    }
  })

  test("is taken where the response is translated for a provider that has chat alone", async () => {
    expect((await wire.submit(responses, { background: true })).status).toBe(202)
    for (const more of ["Background", "BACKGROUND"])
      expect((await wire.submit(responses, { [more]: true })).status).toBe(400)
    expect((await wire.submit(responses, { background: "yes" })).status).toBe(400)
  })
})

describeHere("the method and headers of a call", () => {
  test("are the gateway's own: accept, user-agent, and no key where there is none", async () => {
    await wire.run(chat, { model: "up/m" })
    expect(upstream.last().headers).toMatchObject({ "user-agent": "asyncgate", accept: "application/json, */*" })
    expect(upstream.last().headers["authorization"]).toBeUndefined()
  })
})
