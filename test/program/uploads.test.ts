// Forms with files: their bytes reach the provider as they came, in little memory, and what is cut off leaves nothing behind.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import type { Server } from "bun"
import { tempDir } from "../cleanup.ts"
import { type Gateway, type Job, launch } from "../harness.ts"

const PATH = "/v1/async/audio/transcriptions"
const EDITS = "/v1/async/images/edits"
const MB = 1024 * 1024
const BOUNDARY = "------------------------f0rm"
const TYPE = { "content-type": `multipart/form-data; boundary=${BOUNDARY}` }

interface Received {
  path: string
  type: string | null
  length: string | null
  bytes: number
  sha256: string
}

/** Takes bodies of any size without keeping them. */
function startTaker() {
  const received: Received[] = []
  const waiters: { count: number; resolve: () => void }[] = []
  let handler: (index: number) => Response | Promise<Response> = () =>
    Response.json({ text: "heard", data: [{ url: "https://a.example/1" }] })
  const usual = handler
  const server: Server<undefined> = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    async fetch(request) {
      const hash = new Bun.CryptoHasher("sha256")
      let bytes = 0
      for await (const piece of request.body ?? []) {
        hash.update(piece)
        bytes += piece.length
      }
      const { headers } = request
      const index =
        received.push({
          path: new URL(request.url).pathname,
          type: headers.get("content-type"),
          length: headers.get("content-length"),
          bytes,
          sha256: hash.digest("hex"),
        }) - 1
      for (const waiter of waiters) if (received.length >= waiter.count) waiter.resolve()
      return handler(index)
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    received,
    answer(next?: typeof handler) {
      handler = next ?? usual
    },
    /** Resolves when `count` bodies have come in whole. */
    until(count: number): Promise<void> {
      return received.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiters.push({ count, resolve: () => resolve() }))
    },
    stop: () => server.stop(true),
  }
}

/** Bytes that no two places of have in common, the same ones for every call. */
function noise(bytes: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(bytes / 4))
  let x = seed
  for (let at = 0; at < words.length; at++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    words[at] = x
  }
  return Buffer.from(words.buffer, 0, bytes)
}

interface File {
  name: string
  bytes: Buffer
}

/** A form with its model first, or last: behind the files. */
function form(fields: Record<string, string>, files: File[], isModelLast = false): Buffer {
  const texts = Object.entries(fields).map(([name, value]) =>
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
  )
  const parts = files.flatMap(({ name, bytes }, at) => [
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"; filename="${at}.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ),
    bytes,
    Buffer.from("\r\n"),
  ])
  const all = isModelLast ? [...parts, ...texts] : [...texts, ...parts]
  return Buffer.concat([...all, Buffer.from(`--${BOUNDARY}--\r\n`)])
}

const sound25 = noise(25 * MB)
/** Of several pieces on the disk, and in a few milliseconds. */
const sound3 = noise(3 * MB)
const transcription = (model: string, file = sound3) => form({ model }, [{ name: "file", bytes: file }])
const sha256 = (bytes: Buffer) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex")

const taker = startTaker()
const gateways: Gateway[] = []
afterEach(async () => {
  taker.answer()
  for (const gateway of gateways.splice(0)) await gateway.dispose()
})
afterAll(() => taker.stop())

const config = (client: Record<string, unknown> = {}, concurrency = 100) => ({
  client,
  providers: {
    up: {
      network_config: { base_url: taker.url, retry_backoff_initial: 1, retry_backoff_max: 5 },
      concurrency_and_buffer_size: { concurrency },
    },
  },
})

async function start(client?: Record<string, unknown>, dir?: string, concurrency?: number): Promise<Gateway> {
  const gateway = await launch({ config: config(client, concurrency), ...(dir === undefined ? {} : { dir }) })
  gateways.push(gateway)
  return gateway
}

function send(gateway: Gateway, body: RequestInit["body"], path = PATH, headers = {}): Promise<Response> {
  return gateway.fetch(path, { method: "POST", headers: { ...TYPE, ...headers }, body: body as Buffer })
}

async function accept(gateway: Gateway, body: RequestInit["body"], path = PATH): Promise<string> {
  const response = await send(gateway, body, path)
  const job = (await response.json()) as Job
  if (response.status !== 202) throw new Error(`not accepted: ${JSON.stringify(job)}`)
  return job.id
}

async function end(gateway: Gateway, id: string, path = PATH): Promise<Job> {
  const response = await gateway.fetch(`${path}/${id}`, { headers: { prefer: "wait=120" } })
  expect(response.status).toBe(200)
  return await response.json()
}

/** Asks again and again, with the gateway's own answers as the clock. */
async function eventually(gateway: Gateway, holds: () => boolean): Promise<void> {
  while (!holds()) await (await gateway.fetch("/health")).text()
}

const rowsLeft = (gateway: Gateway) => [
  gateway.count("jobs"),
  gateway.count("uploads"),
  gateway.count("bodies"),
  gateway.count("bodies", "job_id IS NULL"),
]
const leavesNothing = (gateway: Gateway) => eventually(gateway, () => rowsLeft(gateway).every((rows) => rows === 0))

/** A client that sends what it is told to over a plain connection. */
async function connect(gateway: Gateway) {
  let answer = ""
  const answered = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  const drained: (() => void)[] = []
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(gateway.url).port),
    socket: {
      data: (_, bytes) => {
        answer += bytes.toString("latin1")
        answered.resolve()
      },
      drain: () => {
        for (const resolve of drained.splice(0)) resolve()
      },
      close: () => {
        for (const resolve of drained.splice(0)) resolve()
        closed.resolve()
      },
      error: () => {},
    },
  })
  return {
    socket,
    answer: () => answer,
    answered: answered.promise,
    closed: closed.promise,
    async write(bytes: Buffer): Promise<void> {
      for (let at = 0; at < bytes.length && socket.readyState > 0; ) {
        const written = socket.write(bytes.subarray(at))
        at += Math.max(0, written)
        if (at < bytes.length) await new Promise<void>((resolve) => drained.push(resolve))
      }
    },
  }
}

const head = (length: string) =>
  Buffer.from(`POST ${PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${TYPE["content-type"]}\r\n${length}\r\n\r\n`)

/** A form that has come in half. */
async function half(gateway: Gateway, body = transcription("up/m")) {
  const client = await connect(gateway)
  await client.write(head(`content-length: ${body.length}`))
  await client.write(body.subarray(0, body.length / 2))
  // A quarter on its disk: the rest may still be on its way there.
  await eventually(gateway, () => gateway.count("bodies") >= body.length / 4 / (256 * 1024))
  expect(gateway.count("uploads")).toBe(1)
  return { ...client, rest: body.subarray(body.length / 2) }
}

describe("a form reaches the provider byte for byte but for its model", () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await launch({ config: config({ max_request_body_size_mb: 200 }) })
  })
  afterAll(() => gateway.dispose())

  async function arrives(sent: Buffer, expected: Buffer, path = PATH): Promise<void> {
    const index = taker.received.length
    const job = await end(gateway, await accept(gateway, sent, path), path)
    expect(job.status).toBe("completed")
    expect(taker.received.slice(index)).toEqual([
      {
        path: path.replace("/v1/async", "/v1"),
        type: TYPE["content-type"],
        length: String(expected.length),
        bytes: expected.length,
        sha256: sha256(expected),
      },
    ])
  }

  test("25 MB of sound", () => arrives(transcription("up/whisper-1", sound25), transcription("whisper-1", sound25)))

  test("with its model behind the file", () =>
    arrives(
      form({ model: "up/a/b", language: "en" }, [{ name: "file", bytes: sound3 }], true),
      form({ model: "a/b", language: "en" }, [{ name: "file", bytes: sound3 }], true),
    ))

  test.each([1, 255, 256, 257, 512])("a file of %d KiB and a few bytes, around the size of a piece", async (kib) => {
    for (const more of [-130, -129, -1, 0, 1]) {
      const file = noise(kib * 1024 + more + 200, kib)
      await arrives(transcription("up/m", file), transcription("m", file))
    }
  })

  test("a file that holds what looks like a form", () => {
    const file = Buffer.concat([
      Buffer.from(`\r\n--${BOUNDARY.slice(0, -1)}\r\nContent-Disposition: form-data; name="model"\r\n\r\nup/x\r\n`),
      Buffer.from(`--${BOUNDARY.toUpperCase()}--\r\nup/m\r\n--`),
    ])
    return arrives(transcription("up/m", file), transcription("m", file))
  })

  test("16 images of 2 MB", () => {
    const images = Array.from({ length: 16 }, (_, at) => ({ name: "image[]", bytes: noise(2 * MB, at + 1) }))
    const fields = { prompt: "all of them", n: "1" }
    return arrives(form({ model: "up/edit", ...fields }, images), form({ model: "edit", ...fields }, images), EDITS)
  }, 240_000)

  test("sent in chunks, without a length", async () => {
    const body = transcription("up/m")
    let at = 0
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at >= body.length) return controller.close()
        controller.enqueue(body.subarray(at, at + 99_991))
        at += 99_991
      },
    })
    const index = taker.received.length
    const job = await end(gateway, await accept(gateway, stream))
    expect(job.status).toBe("completed")
    expect(taker.received[index]?.sha256).toBe(sha256(transcription("m")))
  })

  test("ten at once, none with another's bytes", async () => {
    const index = taker.received.length
    const files = Array.from({ length: 10 }, (_, at) => noise(4 * MB, at + 100))
    const ids = await Promise.all(files.map((file) => accept(gateway, transcription("up/m", file))))
    const jobs = await Promise.all(ids.map((id) => end(gateway, id)))
    expect(jobs.map((job) => job.status)).toEqual(jobs.map(() => "completed"))
    const wanted = files.map((file) => sha256(transcription("m", file)))
    expect(taker.received.slice(index).map((one) => one.sha256)).toEqual(expect.arrayContaining(wanted))
    expect(taker.received).toHaveLength(index + 10)
  }, 240_000)

  test("again, when the provider failed the first time", async () => {
    const index = taker.received.length
    taker.answer((at) => (at === index ? new Response("oh", { status: 500 }) : Response.json({ text: "at last" })))
    const job = await end(gateway, await accept(gateway, transcription("up/m")))
    expect(job.result.text).toBe("at last")
    const whole = sha256(transcription("m"))
    expect(taker.received.slice(index).map((one) => one.sha256)).toEqual([whole, whole])
  })

  test("once, when the same Idempotency-Key comes twice: the second form is not kept", async () => {
    const index = taker.received.length
    const key = { "idempotency-key": "one form" }
    const before = gateway.count("bodies", "kind = 'request'")
    const first = (await (await send(gateway, transcription("up/m"), PATH, key)).json()) as Job
    await end(gateway, first.id)
    const kept = gateway.count("bodies", "kind = 'request'")
    const again = await send(gateway, transcription("up/m"), PATH, key)
    expect([again.status, ((await again.json()) as Job).id]).toEqual([202, first.id])
    expect(again.headers.get("idempotent-replayed")).toBe("true")
    const other = await send(gateway, transcription("up/m", noise(3 * MB, 2)), PATH, key)
    expect(other.status).toBe(422)
    expect(kept).toBeGreaterThan(before)
    await eventually(
      gateway,
      () => gateway.count("bodies", "kind = 'request'") === kept && gateway.count("uploads") === 0,
    )
    expect(taker.received).toHaveLength(index + 1)
  })
})

describe("after a restart", () => {
  test("forms that waited, and one whose call was out, are sent whole", async () => {
    const dir = tempDir()
    const first = await start({}, dir, 1)
    const index = taker.received.length
    taker.answer(() => new Promise<Response>(() => {}))
    const files = [noise(5 * MB, 7), noise(3 * MB, 8), noise(600, 9)]
    const ids: string[] = []
    for (const file of files) ids.push(await accept(first, transcription("up/m", file)))
    await taker.until(index + 1)
    expect(first.count("jobs", "state = 'queued'")).toBe(2)
    await first.stop("SIGKILL")
    taker.answer()
    const second = await start({}, dir, 1)
    const jobs = await Promise.all(ids.map((id) => end(second, id)))
    expect(jobs.map((job) => job.status)).toEqual(["completed", "completed", "completed"])
    const sums = files.map((file) => sha256(transcription("m", file)))
    const [cutOff, ...sent] = taker.received.slice(index).map((one) => one.sha256)
    expect(cutOff).toBe(sums[0])
    expect(sent.sort()).toEqual(sums.sort())
  })

  test("a form that was coming in when the process was killed has left nothing", async () => {
    const dir = tempDir()
    const first = await start({}, dir)
    await half(first)
    await first.stop("SIGKILL")
    expect(first.count("bodies")).toBeGreaterThan(0)
    const second = await start({}, dir)
    await leavesNothing(second)
  })
})

describe("nothing is left", () => {
  test("of a form that is coming in when the gateway is stopped: its client is told to come again", async () => {
    const gateway = await start()
    const client = await half(gateway)
    const exited = gateway.stop("SIGTERM")
    // Goes on sending, as a client does that knows nothing of it, until it reads that it should not.
    void client.write(client.rest)
    await client.answered
    client.socket.terminate()
    expect(await exited).toBe(0)
    expect(client.answer()).toStartWith("HTTP/1.1 503 ")
    expect(client.answer()).toContain('"code":"shutting_down"')
    expect(rowsLeft(gateway)).toEqual([0, 0, 0, 0])
    expect(gateway.log()).not.toContain("bug")
  })

  test("of a form whose client goes away half way, and the gateway goes on", async () => {
    const gateway = await start()
    const { socket } = await half(gateway)
    socket.terminate()
    await leavesNothing(gateway)
    const { socket: other } = await half(gateway)
    other.end()
    await leavesNothing(gateway)
    expect((await end(gateway, await accept(gateway, transcription("up/m")))).status).toBe("completed")
  })

  test("of a form whose client goes away before its chunks have ended", async () => {
    const gateway = await start()
    const client = await connect(gateway)
    const body = transcription("up/m").subarray(0, 2 * MB)
    await client.write(head("transfer-encoding: chunked"))
    await client.write(Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")]))
    await eventually(gateway, () => gateway.count("bodies") > 0)
    client.socket.terminate()
    await leavesNothing(gateway)
  })

  test("of ten forms whose clients go away at once", async () => {
    const gateway = await start()
    const clients = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const client = await connect(gateway)
        const body = transcription("up/m", sound25)
        await client.write(head(`content-length: ${body.length}`))
        await client.write(body.subarray(0, 4 * MB))
        return client
      }),
    )
    await eventually(gateway, () => gateway.count("uploads") === 10)
    for (const { socket } of clients) socket.terminate()
    await leavesNothing(gateway)
  })

  const file = { name: "file", bytes: noise(2 * MB) }
  const whole = transcription("up/m", file.bytes)
  test.each<[string, Buffer, Record<string, string>, number, string]>([
    ["no model", form({ language: "en" }, [file]), {}, 400, "model is required"],
    ["no file", form({ model: "up/m" }, [{ ...file, name: "sound" }]), {}, 400, "file is required"],
    ["an unknown provider", form({ model: "nobody/m" }, [file]), {}, 400, "unknown provider 'nobody'"],
    ["a stream asked for", form({ model: "up/m", stream: "true" }, [file]), {}, 400, "stream is not supported"],
    ["an unknown virtual key", whole, { "x-bf-vk": "sk-bf-unknown" }, 400, "virtual key not found"],
    ["no key for it", form({ model: "openai/m" }, [file]), {}, 400, "no keys found"],
    ["no end", whole.subarray(0, -BOUNDARY.length - 4), {}, 400, "the form"],
    ["too long an Idempotency-Key", whole, { "idempotency-key": "k".repeat(256) }, 400, "Idempotency-Key"],
    // What the provider would get in the model's place would end the part.
    ["the boundary as its model", form({ model: `up/--${BOUNDARY}` }, [file]), {}, 400, "boundary"],
  ])("of a form that is refused: %s", async (_, body, headers, status, says) => {
    const gateway = await start()
    const response = await send(gateway, body, PATH, headers)
    const refusal = (await response.json()) as Job
    expect([response.status, refusal.error.message]).toEqual([status, expect.stringContaining(says)])
    await leavesNothing(gateway)
  })

  test("of a form that is too large: refused with 413 at once where it says so", async () => {
    const gateway = await start({ max_request_body_size_mb: 1 })
    const client = await connect(gateway)
    await client.write(head(`content-length: ${2 * MB}`))
    await eventually(gateway, () => client.answer().includes("client.max_request_body_size_mb"))
    expect(client.answer()).toStartWith("HTTP/1.1 413 ")
    client.socket.terminate()
    await leavesNothing(gateway)
  })

  test("of a form that is too large: refused with 413 as soon as it shows where it is sent in chunks", async () => {
    const gateway = await start({ max_request_body_size_mb: 1 })
    const client = await connect(gateway)
    await client.write(head("transfer-encoding: chunked"))
    const body = transcription("up/m").subarray(0, 2 * MB)
    await client.write(Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body]))
    await eventually(gateway, () => client.answer().includes("client.max_request_body_size_mb"))
    expect(client.answer()).toStartWith("HTTP/1.1 413 ")
    client.socket.terminate()
    await leavesNothing(gateway)
  })

  test("of a job with a form that is deleted, nor of one that has expired", async () => {
    const gateway = await start()
    const id = await accept(gateway, transcription("up/m"))
    await end(gateway, id)
    expect((await gateway.fetch(`${PATH}/${id}`, { method: "DELETE" })).status).toBe(204)
    await leavesNothing(gateway)
    const short = await send(gateway, transcription("up/m"), PATH, { "x-bf-async-job-result-ttl": "1" })
    expect(short.status).toBe(202)
    await leavesNothing(gateway)
  })
})

describe.skipIf(process.platform !== "linux")("memory", () => {
  const megabytes = (gateway: Gateway, name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${gateway.pid}/status`, "utf8"))?.[1]) / 1024

  /** By how much the resident memory rises at most while `work` is done, in MB. */
  async function rise(gateway: Gateway, work: () => Promise<unknown>): Promise<number> {
    // What every form loads and compiles is no cost of a large one.
    await end(gateway, await accept(gateway, transcription("up/m", noise(MB))))
    const before = megabytes(gateway, "VmRSS")
    let peak = before
    const sampler = setInterval(() => {
      peak = Math.max(peak, megabytes(gateway, "VmRSS"))
    }, 3)
    await work()
    clearInterval(sampler)
    return peak - before
  }

  test("a form of 25 MB does not come to lie in memory", async () => {
    const gateway = await start()
    const body = transcription("up/m", sound25)
    expect(await rise(gateway, () => accept(gateway, body))).toBeLessThan(60)
  })

  test("nor do ten at once", async () => {
    const gateway = await start()
    const body = transcription("up/m", sound25)
    const ten = () => Promise.all(Array.from({ length: 10 }, () => accept(gateway, body)))
    expect(await rise(gateway, ten)).toBeLessThan(250)
  }, 240_000)
})
