// Callers who mean it badly, or whose client is broken: each is answered or cut off, none is answered with 5xx, none holds up the others.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test"
import { createServer, type ServerOptions } from "../../src/http/server.ts"
import { CHAT, chat, type Gateway, type Job, launch } from "../harness.ts"
import { type Line, open, requestText, say } from "./socket.ts"

const FORM = "/v1/async/audio/transcriptions"
const JSON_TYPE = { "content-type": "application/json" }
const MB = 1024 * 1024
const BODY = JSON.stringify(chat())

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch({ config: { client: { max_request_body_size_mb: 20 } } })
})
afterAll(() => gateway.dispose())
afterEach(async () => {
  expect((await gateway.fetch("/health")).status).toBe(200)
})

const post = (body: string, headers: Record<string, string> = JSON_TYPE, path = CHAT) =>
  requestText("POST", path, { headers, body })
/** The status of what is answered to these bytes; null: the connection was closed without an answer. */
const readStatus = async (bytes: string | Uint8Array) => (await say(gateway.url, bytes)).status

const { routes } = createServer({ allowedOrigins: [] } as unknown as ServerOptions)
const paths = [...new Set(routes.map(({ path }) => path.replace(":job_id", "01a22f8c-9738-74c4-a7ee-a829f9bb5047")))]

describe("a method", () => {
  const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]
  test.each(methods)("%s is answered on every path, with a body or without", async (method) => {
    for (const path of [...paths, "/nowhere", "/v1/async/nothing/at/all"]) {
      for (const body of ["", BODY, "\0\0\0"]) {
        // A body on the list's own cancel must not end anything.
        const status = await readStatus(requestText(method, path, { headers: JSON_TYPE, body }))
        expect({ method, path, status, isServed: (status ?? 500) < 500 }).toMatchObject({ isServed: true })
      }
    }
  })

  test.each(["FOO", "get", "GET\0", "PROPFIND", "A".repeat(10_000), "", "{}"])(
    "%j is answered or cut off",
    async (method) => {
      const status = await readStatus(requestText(method, CHAT))
      expect(status === null || status < 500 || status === 505).toBe(true)
    },
  )

  test.each(["CONNECT", "OPTIONS", "GET"])("%s of * or of another host is answered", async (method) => {
    for (const target of [
      "*",
      "example.com:443",
      "http://evil.example/health",
      "//evil.example/health",
      "?",
      "#",
      "\\",
    ]) {
      const status = await readStatus(requestText(method, target))
      expect({ target, status, isServed: status === null || status < 500 }).toMatchObject({ isServed: true })
    }
  })
})

describe("a path", () => {
  const parts = [
    ...["%2f", "%2F..", "..", ".", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%00", "%zz", "%", "%E0%A4%A", "%c0%af", "%ff"],
    ...[
      "'; DROP TABLE jobs; --",
      "\u00e9",
      "a".repeat(5000),
      "a/".repeat(2000),
      "*",
      ":job_id",
      "{job_id}",
      "__proto__",
    ],
    ...[
      "constructor",
      "cancel",
      "jobs",
      "content",
      "undefined",
      "null",
      "0",
      "-1",
      "01a22f8c-9738-74c4-a7ee-a829f9bb5047",
    ],
  ]
  test.each(parts)("with %j in it is answered with 404 at the most", async (part) => {
    for (const prefix of ["/", `${CHAT}/`, "/v1/async/jobs/", "/docs/", "/v1/"]) {
      for (const method of ["GET", "DELETE", "POST"]) {
        const bytes = Buffer.from(requestText(method, prefix + part.replaceAll(" ", "+")))
        const status = await readStatus(bytes)
        expect({ prefix, method, status, isRight: status === null || (status >= 200 && status < 500) }).toMatchObject({
          isRight: true,
        })
      }
    }
  })

  test("with a query that is long, broken or repeated is answered", async () => {
    for (const query of [
      "limit=%zz",
      "a=b&".repeat(2000),
      "after=%00",
      "limit=1e400",
      "limit=9".repeat(50),
      "=",
      "&&&",
      "status[]=x",
    ]) {
      for (const path of ["/v1/async/jobs", "/v1/models", "/metrics", "/docs/json", "/v1/async/jobs/x/content"]) {
        const status = await readStatus(requestText("GET", `${path}?${query}`))
        expect({ path, query, isServed: (status ?? 500) < 500 }).toMatchObject({ isServed: true })
      }
    }
  })
})

describe("headers", () => {
  const strange: [name: string, lines: string][] = [
    ["of 100 KB", `x-a: ${"a".repeat(100_000)}\r\n`],
    ["that are five hundred", Array.from({ length: 500 }, (_, at) => `x-${at}: a\r\n`).join("")],
    [
      "with bytes that are no text",
      "x-request-id: \u00e9\u00ff\r\nauthorization: Bearer \u00ff\u00fe\r\nx-bf-vk: \u00ff\r\n",
    ],
    ["with control characters", "x-request-id: a\u0001b\u007f\r\n"],
    ["with a NUL", "x-request-id: a\0b\r\n"],
    ["without a name", ": a\r\n"],
    ["without a value", "authorization:\r\nx-bf-vk:\r\nprefer:\r\nx-request-id:\r\n"],
    ["without a colon", "authorization\r\n"],
    ["that are folded", "x-a: a\r\n b\r\n"],
    ["that come twice", "x-request-id: a\r\nx-request-id: b\r\nauthorization: Bearer a\r\nauthorization: Bearer b\r\n"],
    ["that are numbers beyond all", "prefer: wait=99999999999999999999\r\ncancel-after: 99999999999999999999d\r\n"],
    ["that are negative", "x-bf-async-job-result-ttl: -99999999999999999999\r\nprefer: wait=-1\r\n"],
    ["of a hop", "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n"],
    ["that say two lengths", "content-length: 5\r\n"],
    ["that say a length and chunks", "transfer-encoding: chunked\r\n"],
    ["that say another encoding", "transfer-encoding: gzip, chunked\r\n"],
    ["that forward a thousand", Array.from({ length: 90 }, (_, at) => `x-bf-eh-x-${at}: a\r\n`).join("")],
    [
      "that forward what cannot be",
      "x-bf-eh-: a\r\nx-bf-eh-host: a\r\nx-bf-eh-content-length: 9\r\nx-bf-eh-a b: c\r\n",
    ],
    ["that forward bytes that are no text", "x-bf-eh-x-a: \u00e9\u00ff\r\n"],
    ["of a trace that is none", "traceparent: 00-\u00ff\r\ntracestate: \0\r\n"],
    ["of a key that cannot be sent", "authorization: Bearer \u20ac\r\nx-bf-direct-key: true\r\n"],
  ]
  test.each(strange)("%s are answered or cut off", async (_, lines) => {
    for (const [method, path, body] of [
      ["POST", CHAT, BODY],
      ["GET", "/v1/async/jobs", ""],
      ["GET", `${CHAT}/some-id`, ""],
    ] as const) {
      const text = requestText(method, path, { headers: JSON_TYPE, body }).replace("\r\n\r\n", `\r\n${lines}\r\n`)
      const status = await readStatus(Buffer.from(text, "latin1"))
      expect({ path, status, isRight: status === null || status < 500 }).toMatchObject({ isRight: true })
    }
  })

  test("come one byte at a time, and the request is served", async () => {
    const line = await open(gateway.url)
    for (const byte of post(BODY)) line.send(byte)
    expect((await line.reply()).status).toBe(202)
    line.destroy()
  })

  test("never end, and nobody else waits for it", async () => {
    const lines = await Promise.all(Array.from({ length: 200 }, () => open(gateway.url)))
    for (const line of lines) line.send("POST / HTTP/1.1\r\nhost: localhost\r\nx-a: ")
    expect((await gateway.fetch("/health")).status).toBe(200)
    expect((await gateway.submit(chat())).status).toBe(202)
    for (const line of lines) line.destroy()
  })

  test.each([
    ["another protocol's first bytes", Buffer.from("16030100c8010000c40303", "hex")],
    ["HTTP/0.9", Buffer.from("GET /health\r\n\r\n")],
    ["HTTP/2 with prior knowledge", Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")],
    ["no host", Buffer.from("GET /health HTTP/1.1\r\n\r\n")],
    ["two hosts", Buffer.from("GET /health HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n\r\n")],
    ["noise", Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919) % 256))],
  ])("%s: answered or cut off, and never served as another's", async (_, bytes) => {
    const line = await open(gateway.url)
    line.send(bytes)
    // Bytes that look like the beginning of a request could wait for their end: that is the client's to send.
    line.send("\r\n\r\n")
    const { status } = await line.reply()
    expect(status).not.toBe(200)
    line.destroy()
  })
})

describe("chunks", () => {
  const head = `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`
  test.each([
    ["of a size beyond all", "FFFFFFFFFFFFFFFFFF\r\n{}"],
    ["of a negative size", "-5\r\n{}"],
    ["of a size that is none", "xyz\r\n{}"],
    ["without a size", "\r\n{}\r\n"],
    ["with an extension without end", `2;${"a".repeat(50_000)}\r\n{}\r\n0\r\n\r\n`],
    ["that are longer than they say", `2\r\n${BODY}\r\n0\r\n\r\n`],
    ["with trailers", `2\r\n{}\r\n0\r\nhost: evil.example\r\ncontent-length: 5\r\n\r\n`],
  ])("%s are refused or cut off", async (_, text) => {
    const status = await readStatus(head + text)
    expect(status === null || (status >= 400 && status < 500)).toBe(true)
  })

  test("of 4 GB that never come hold up nobody", async () => {
    const lines = await Promise.all(Array.from({ length: 50 }, () => open(gateway.url)))
    for (const line of lines) line.send(`${head}FFFFFFFF\r\n{`)
    expect((await gateway.submit(chat())).status).toBe(202)
    for (const line of lines) line.destroy()
  })

  test("of one byte each are read", async () => {
    const text = [...BODY].map((char) => `1\r\n${char}\r\n`).join("")
    expect(await readStatus(`${head}${text}0\r\n\r\n`)).toBe(202)
  })

  test("without end are cut off at the limit, and the connection is closed", async () => {
    const line = await open(gateway.url)
    const chunk = `${MB.toString(16)}\r\n${" ".repeat(MB)}\r\n`
    line.send(head)
    for (let at = 0; at < 25; at++) line.send(chunk)
    expect((await line.reply()).status).toBe(413)
    await line.closed()
  })
})

describe("a body", () => {
  test("that never ends holds up nobody, and is no job", async () => {
    const before = gateway.count("jobs")
    const lines: Line[] = []
    for (const [path, type, body] of [
      [CHAT, "application/json", '{"model":"mock/echo","a":"'],
      [
        FORM,
        "multipart/form-data; boundary=b",
        '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
      ],
    ] as const) {
      for (const length of [1000, 10 * MB]) {
        for (let count = 0; count < 20; count++) {
          const line = await open(gateway.url)
          line.send(requestText("POST", path, { headers: { "content-type": type }, body, length }))
          lines.push(line)
        }
      }
    }
    expect((await gateway.submit(chat())).status).toBe(202)
    for (const line of lines) line.destroy()
    expect((await gateway.submit(chat())).status).toBe(202)
    expect(gateway.count("jobs") - before).toBe(2)
    while (gateway.count("uploads") > 0) await gateway.fetch("/health")
  })

  test("that comes a little at a time is read", async () => {
    const line = await open(gateway.url)
    const text = JSON.stringify(chat({ user: "x".repeat(2 * MB) }))
    line.send(requestText("POST", CHAT, { headers: JSON_TYPE, length: text.length }))
    for (let at = 0; at < text.length; at += 10_007) {
      line.send(text.slice(at, at + 10_007))
      await gateway.fetch("/health")
    }
    expect((await line.reply()).status).toBe(202)
    line.destroy()
  })

  const deep = (open: string, close: string, count: number) => open.repeat(count) + close.repeat(count)
  test.each([
    ["deep lists", `{"a":${deep("[", "]", 300_000)}}`],
    ["deep objects", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["brackets without end", "[".repeat(900_000)],
    ["many members", `{${Array.from({ length: 60_000 }, (_, at) => `"k${at}":1`).join()}}`],
    ["one member many times", `{${Array(60_000).fill('"a":1').join()}}`],
    ["a model many times", `{${Array(60_000).fill('"model":"mock/echo"').join()}}`],
    ["a number without end", `{"a":${"1".repeat(900_000)}}`],
    ["an exponent without end", `{"a":1e${"1".repeat(900_000)}}`],
    ["NULs", "\0".repeat(10_000)],
    ["a byte order mark", `\ufeff${BODY}`],
    ["halves of pairs", BODY.replace("Hello", "\\ud83d\\ud83d\\ude00\\udc00")],
    [
      "names like those of every object",
      BODY.replace("{", '{"__proto__":{"model":"x"},"constructor":{},"toString":1,"hasOwnProperty":null,'),
    ],
    ["two texts one after the other", BODY + BODY],
    ["nothing", ""],
  ])("of %s is answered with 202 or 400", async (_, body) => {
    for (const path of [CHAT, "/v1/async/responses", "/v1/async/embeddings", "/v1/async/rerank", "/v1/async/ocr"])
      expect(await readStatus(post(body, JSON_TYPE, path))).toBeOneOf([202, 400])
  })

  test.each([
    ...[
      "text/plain",
      "application/xml",
      "application/json;;;;",
      "application/jsonx",
      "json",
      "*/*",
      ";",
      "a/b/c",
      "application/json, text/plain",
    ],
    ...[
      "multipart/form-data",
      "multipart/form-data; boundary=",
      'multipart/form-data; boundary="',
      "multipart/mixed; boundary=b",
    ],
    ...[`application/json; charset=${"x".repeat(5000)}`, "application/json; charset=utf-16", "APPLICATION/JSON"],
  ])("of type %j is answered with 202, 400 or 415, for JSON and for a form", async (type) => {
    for (const path of [CHAT, FORM, "/v1/async/images/edits"])
      expect(await readStatus(post(BODY, { "content-type": type }, path))).toBeOneOf([202, 400, 415])
  })

  test.each(["gzip", "br", "deflate", "identity, gzip", "x".repeat(5000), "GZIP", " "])(
    "in the encoding %j is answered with 202 or 415",
    async (encoding) => {
      const headers = { ...JSON_TYPE, "content-encoding": encoding }
      expect(await readStatus(post(BODY, headers))).toBeOneOf([202, 415])
    },
  )

  test("in other letters than UTF-8 is refused", async () => {
    for (const bytes of [
      Buffer.from(`\ufeff${BODY}`, "utf16le"),
      Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]),
      Buffer.from([0xed, 0xa0, 0x80]),
    ]) {
      const head = Buffer.from(requestText("POST", CHAT, { headers: JSON_TYPE, length: bytes.length }))
      expect(await readStatus(Buffer.concat([head, bytes]))).toBe(400)
    }
  })
})

describe("a form", () => {
  const part = (name: string, content: string, more = "") =>
    `--b\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`
  const file = part("file", "RIFF", '; filename="a.wav"')
  const send = (body: string) => readStatus(post(body, { "content-type": "multipart/form-data; boundary=b" }, FORM))

  test.each([
    ["of two thousand parts", Array.from({ length: 2000 }, (_, at) => part(`f${at}`, "x")).join("")],
    ["of one name a thousand times", Array(1500).fill(part("a", "x")).join("")],
    ["with a part's headers without end", `--b\r\n${"x-a: b\r\n".repeat(100_000)}`],
    ["with a name of a megabyte", part("n".repeat(MB), "x")],
    ["with a file's name of a megabyte", part("file", "x", `; filename="${"n".repeat(MB)}"`)],
    ["with a text of two megabytes", part("prompt", "x".repeat(2 * MB))],
    [
      "with twelve texts of a megabyte",
      Array.from({ length: 12 }, (_, at) => part(`f${at}`, "x".repeat(MB - 1))).join(""),
    ],
    ["with fallbacks of a megabyte", part("fallbacks", `[${'"a",'.repeat(200_000)}"a"]`)],
    ["with a model of a megabyte", part("model", `mock/${"m".repeat(900_000)}`)],
    ["with delimiters alone", "--b\r\n".repeat(10_000)],
    ["with dashes alone", "-".repeat(100_000)],
    ["with NULs", part("model", "\0".repeat(1000))],
    ["with a name that is none", part('"; filename="x', "x")],
  ])("%s is refused with 400", async (_, body) => {
    expect(
      await send(`${body}${body.includes('name="model"') ? "" : part("model", "mock/whisper")}${file}--b--\r\n`),
    ).toBe(400)
  })

  test("with a field called __proto__ is taken, and changes nothing", async () => {
    expect(
      await send(
        `${part("__proto__", "x")}${part("constructor", "x")}${part("model", "mock/whisper")}${file}--b--\r\n`,
      ),
    ).toBe(202)
  })
})

describe("requests one after the other on one connection", () => {
  test("are all answered, also where the first is refused", async () => {
    const line = await open(gateway.url)
    for (const text of [
      post("{"),
      post(BODY),
      requestText("GET", "/health"),
      requestText("GET", "/nowhere"),
      post(BODY),
    ]) {
      const before = (await line.reply(0)).count
      line.send(text)
      expect((await line.reply(before + 1)).count).toBe(before + 1)
    }
    line.destroy()
  })

  test("that are sent before the answers are awaited are answered or cut off", async () => {
    const line = await open(gateway.url)
    line.send(requestText("GET", "/health").repeat(20))
    expect((await line.reply(20)).count).toBe(20)
    line.destroy()
    const second = await open(gateway.url)
    second.send(post(BODY).repeat(5))
    const { count, isClosed } = await second.reply(5)
    expect(count === 5 || isClosed).toBe(true)
    second.destroy()
  })

  test("cannot be hidden in the body of another", async () => {
    const id = await gateway.accept(chat())
    const body = requestText("DELETE", `/v1/async/jobs/${id}`)
    const line = await open(gateway.url)
    line.send(requestText("POST", CHAT, { headers: { ...JSON_TYPE, "transfer-encoding": "chunked" }, body, length: 4 }))
    const { count } = await line.reply()
    line.destroy()
    expect(count).toBeLessThan(2)
    expect((await gateway.poll(id)).status).toBeOneOf([200, 202])
  })
})

test("nothing of all this has left an error in the log, and jobs still run", async () => {
  const job = (await gateway.end(await gateway.accept(chat()))) as Job
  expect(job.status).toBe("completed")
  expect(gateway.log()).not.toMatch(/"level":"(warn|error)"|^ +at |Invalid URL/m)
})
