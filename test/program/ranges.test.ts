// The request and the result of a job, read alone and in part: the ranges of a body are its bytes, wherever they begin and end.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Job } from "../harness.ts"
import { configFor, startUpstream, type Upstream } from "../upstream.ts"
import { expectRefusal, openWire, virtualKeys, type Wire } from "../wire/gateway.ts"
import { chat, findType, types } from "../wire/types.ts"

const JOBS = "/v1/async/jobs"
/** How long the pieces are in which bodies are stored. */
const PIECE = 256 * 1024
const KEY_A = { "x-bf-vk": virtualKeys.a }
const KEY_B = { "x-bf-vk": virtualKeys.b }

let wire: Wire
let upstream: Upstream
beforeAll(async () => {
  upstream = startUpstream()
  wire = await openWire({ providers: configFor(upstream).providers })
})
afterAll(async () => {
  await wire.dispose()
  await upstream.stop()
})

type Headers = Record<string, string>
const read = (id: string, what: string, headers: Headers = {}) => wire.fetch(`${JOBS}/${id}/${what}`, { headers })

/** A job whose request and result are longer than three pieces. */
async function makeLong(): Promise<string> {
  const content = "語ö🙂x".repeat(90_000)
  return (await wire.run(chat, { messages: [{ role: "user", content }] })).id
}

/** The text of the member `result`, which is the last one of a job. */
async function readShown(id: string): Promise<string> {
  const text = await (await wire.fetch(`${JOBS}/${id}`)).text()
  return text.slice(text.indexOf(',"result":') + ',"result":'.length, text.lastIndexOf("}"))
}

describe("a result", () => {
  test.each(types)("of a $requestType is what the job shows, byte for byte, with its length", async (type) => {
    const { id, result } = await wire.run(type)
    const response = await read(id, "result")
    const text = await response.text()
    expect(text).toBe(await readShown(id))
    expect(JSON.parse(text)).toEqual(result)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(text)),
      "accept-ranges": "bytes",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      etag: `"${id}-result"`,
    })
  })

  test("is none before the job has completed, and where it failed, was cancelled, expired, or is another's", async () => {
    const message = (status: string) => `the job is ${status}: only a completed one has a result`
    const hanging = await wire.accept(chat, { mock: { hang: true } }, KEY_A)
    const running = await read(hanging.id, "result", KEY_A)
    await expectRefusal(running, {
      status: 404,
      code: "content_not_found",
      message: /^the job is (pending|processing): only a completed one has a result$/,
    })
    await wire.fetch(`${JOBS}/${hanging.id}/cancel`, { method: "POST", headers: KEY_A })
    await expectRefusal(await read(hanging.id, "result", KEY_A), { status: 404, message: message("failed") })
    const failed = await wire.run(chat, { mock: { status: 400 } })
    await expectRefusal(await read(failed.id, "result"), { status: 404, message: message("failed") })
    const foreign = await wire.run(chat, {}, KEY_A)
    for (const headers of [{}, KEY_B]) {
      for (const range of [{}, { range: "bytes=0-1" }]) {
        const response = await read(foreign.id, "result", { ...headers, ...range })
        expect(response.status).toBe(404)
        expect(await response.text()).not.toContain("choices")
      }
    }
    const short = await wire.run(chat, {}, { "x-bf-async-job-result-ttl": "1" })
    let response = await read(short.id, "result")
    while (response.status === 200) {
      await response.text()
      response = await read(short.id, "result")
    }
    await expectRefusal(response, { status: 404, code: "job_not_found", message: "job not found or expired" })
  })
})

/** Ranges around the ends of pieces, and of three bytes that become four characters. */
function listRanges(bytes: number): [number, number][] {
  const edges = [0, 1, 9, 10, 11, 12, 13, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, bytes - 3, bytes - 2, bytes - 1]
  const inside = edges.filter((edge) => edge >= 0 && edge < bytes)
  return inside.flatMap((from) => inside.filter((to) => to >= from).map((to): [number, number] => [from, to]))
}

async function expectRanges(id: string, what: string): Promise<void> {
  const whole = await read(id, what)
  const etag = whole.headers.get("etag") ?? ""
  const bytes = Buffer.from(await whole.arrayBuffer())
  for (const [from, to] of listRanges(bytes.length)) {
    const part = await read(id, what, { range: `bytes=${from}-${to}` })
    expect([part.status, part.headers.get("content-range"), part.headers.get("content-length")]).toEqual([
      206,
      `bytes ${from}-${to}/${bytes.length}`,
      String(to - from + 1),
    ])
    expect({ from, to, isSame: bytes.subarray(from, to + 1).equals(Buffer.from(await part.arrayBuffer())) }).toEqual({
      from,
      to,
      isSame: true,
    })
  }
  const last = await read(id, what, { range: "bytes=-5" })
  expect([last.status, await last.text()]).toEqual([206, bytes.subarray(-5).toString()])
  const rest = await read(id, what, { range: `bytes=${bytes.length - 4}-99999999`, "if-range": etag })
  expect([rest.status, await rest.text()]).toEqual([206, bytes.subarray(-4).toString()])
  for (const headers of [{ range: "bytes=0-1,3-4" }, { range: "bytes=0-1", "if-range": '"another"' }]) {
    const response = await read(id, what, headers)
    expect([response.status, bytes.equals(Buffer.from(await response.arrayBuffer()))]).toEqual([200, true])
  }
  const known = await read(id, what, { "if-none-match": etag })
  expect([known.status, await known.text()]).toEqual([304, ""])
  const beyond = await read(id, what, { range: `bytes=${bytes.length}-` })
  expect([beyond.status, beyond.headers.get("content-range"), await beyond.text()]).toEqual([
    416,
    `bytes */${bytes.length}`,
    "",
  ])
}

describe("every range is the bytes that it names", () => {
  test("of a long result and a long request, also within a character", async () => {
    const id = await makeLong()
    expect(Buffer.byteLength(await readShown(id))).toBeGreaterThan(2 * PIECE)
    for (const what of ["result", "request"]) await expectRanges(id, what)
  }, 240_000)

  test("of a short result and a short request", async () => {
    const { id } = await wire.run(chat)
    for (const what of ["result", "request"]) await expectRanges(id, what)
  })

  test.each([1, 2, 3, 3 * PIECE + 1])(
    "of a speech of %p bytes, which are encoded in the result",
    async (length) => {
      const sound = Uint8Array.from({ length }, (_, at) => (at * 7919) >> 3)
      upstream.answer(() => new Response(sound, { headers: { "content-type": "audio/mpeg" } }))
      const { id, result } = await wire.run(findType("speech"), { model: "up/tts" })
      expect(Buffer.from(result.audio, "base64").equals(Buffer.from(sound))).toBe(true)
      await expectRanges(id, "result")
    },
    240_000,
  )

  test("of what is shown of a form", async () => {
    const { id } = await wire.run(findType("transcription"))
    await expectRanges(id, "request")
  })
})

describe("the view without its result", () => {
  const omitting = async (id: string) => (await (await wire.fetch(`${JOBS}/${id}?omit=result`)).json()) as Job

  test.each([["chat_completion"], ["speech"], ["long"]])(
    "of a %s has all else, and how long the result is",
    async (name) => {
      const id = name === "long" ? await makeLong() : (await wire.run(findType(name))).id
      const { result, ...rest } = (await (await wire.fetch(`${JOBS}/${id}`)).json()) as Job
      expect(result).toBeDefined()
      const bytes = Buffer.byteLength(await readShown(id))
      expect(await omitting(id)).toEqual({ ...rest, result_bytes: bytes })
    },
  )

  test("of a job without one is as it is", async () => {
    const failed = await wire.run(chat, { mock: { status: 400 } })
    const whole = (await (await wire.fetch(`${JOBS}/${failed.id}`)).json()) as Job
    expect(whole.error).toBeDefined()
    expect(await omitting(failed.id)).toEqual(whole)
    const { id } = await wire.accept(chat, { mock: { hang: true } })
    expect(Object.keys(await omitting(id))).not.toContain("result_bytes")
    await wire.fetch(`${JOBS}/${id}`, { method: "DELETE" })
  })

  test("is asked for by this word alone, and other parameters change nothing", async () => {
    const { id } = await wire.run(chat)
    for (const word of ["", "results", "result,usage", "all"]) {
      const response = await wire.fetch(`${JOBS}/${id}?omit=${word}`)
      const message = "omit can only be result: send ?omit=result, or leave it out"
      await expectRefusal(response, { status: 400, code: "invalid_request", message })
    }
    const other = (await (await wire.fetch(`${JOBS}/${id}?without=result`)).json()) as Job
    expect(other.result).toBeDefined()
  })
})
