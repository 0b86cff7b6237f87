import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { assemblyai } from "../../../src/providers/upstreamjobs/assemblyai.ts"
import { NOON } from "../../factory.ts"
import { formOf, KEY, openStage, pendingIn, refusalIn, resultIn, type Stage } from "./stage.ts"

const ID = "9ea68fd3-f953-42c1-9742-976c447fb463"
const UPLOAD = "POST /upload"
const CREATE = "POST /transcript"
const GET = `GET /transcript/${ID}`
const AUDIO = "https://cdn.assemblyai.com/upload/f756988d"

/** https://www.assemblyai.com/docs/api-reference/overview#authorization: the key alone. */
const authorization = { header: "authorization", prefix: "" }
let stage: Stage
beforeEach(() => {
  stage = openStage(
    "/v2",
    { provider: "assemblyai", model: "universal-2", requestType: "transcription" },
    { authorization },
  )
  stage.on(UPLOAD, { upload_url: AUDIO })
  stage.on(CREATE, { id: ID, status: "queued" })
})
afterEach(() => stage.stop())

/** https://github.com/AssemblyAI/assemblyai-api-spec/blob/main/openapi.yml */
const words = [
  { text: "Smoke", start: 250, end: 650, confidence: 0.97, speaker: "A" },
  { text: "rises.", start: 730, end: 1022, confidence: 0.99, speaker: "A" },
]
const utterances = [{ speaker: "A", text: "Smoke rises.", start: 250, end: 1022, confidence: 0.98, words }]
const completed = (over: Record<string, unknown> = {}) => ({
  id: ID,
  status: "completed",
  text: "Smoke rises.",
  language_code: "en_us",
  audio_duration: 281,
  words,
  utterances: null,
  chapters: null,
  ...over,
})
const sound = (bytes = 3) => new File([new Uint8Array(bytes).fill(7)], "a.mp3", { type: "audio/mpeg" })

async function transcribe(...fields: [string, string][]) {
  const form = await formOf([["model", "assemblyai/universal-2"], ["file", sound()], ...fields])
  return await stage.play(assemblyai, form)
}

test("a sound goes up as it comes, is transcribed once, and its text is the result", async () => {
  stage.on(GET, { id: ID, status: "processing" }, completed())
  const form = await formOf([
    ["language", "en"],
    ["file", sound(200_000)],
    ["response_format", "json"],
  ])
  const outcome = await stage.play(assemblyai, form)
  expect(stage.asked()).toEqual([UPLOAD, CREATE, GET, GET])
  expect(stage.received.map(({ headers }) => headers["authorization"])).toEqual(Array(4).fill(KEY))
  const [upload, created] = stage.received
  expect(upload?.headers["content-type"]).toBe("application/octet-stream")
  expect(upload?.bytes.equals(Buffer.alloc(200_000, 7))).toBe(true)
  expect(created?.json).toEqual({ audio_url: AUDIO, speech_models: ["universal-2"], language_code: "en" })
  expect(resultIn(outcome)).toMatchObject({ text: "Smoke rises.", usage: { type: "duration", seconds: 281 }, id: ID })
  expect(outcome).toMatchObject({ used: { seconds: 281 }, upstream: { requestId: ID } })
})

test("a sound is on its way before all of it is there, so that memory does not grow with it", async () => {
  const arrived = Promise.withResolvers<void>()
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch({ body }) {
      for await (const _ of body ?? []) arrived.resolve()
      return Response.json({ upload_url: AUDIO, id: ID })
    },
  })
  const form = await formOf([["file", sound(300_000)]])
  const { stored } = form.form as unknown as { stored: Buffer }
  // The second half only comes once something of the first has reached the provider.
  const pieceAt = async (seq: number) => {
    if (seq === 1) await arrived.promise
    const half = stored.subarray(seq * 150_000, (seq + 1) * 150_000 + (seq === 1 ? stored.length : 0))
    return seq < 2 ? new Uint8Array(half) : null
  }
  const provider = {
    name: "assemblyai",
    baseUrl: `http://127.0.0.1:${server.port}`,
    headers: {},
    authorization,
  } as never
  const context = {
    fetch,
    clock: { now: () => NOON, wall: () => NOON, after: () => () => {} } as never,
    signal: new AbortController().signal,
    pieceAt,
  }
  pendingIn(await assemblyai.start({ call: stage.call(form), provider, key: KEY, context }))
  await server.stop(true)
})

test("what is stored is the transcript's id and the form that its result is to have", async () => {
  const form = await formOf([
    ["file", sound()],
    ["response_format", "srt"],
  ])
  const { state, afterMs } = pendingIn(await stage.start(assemblyai, form))
  expect(JSON.parse(state)).toEqual({ id: ID, format: "srt", startedAt: NOON })
  expect(afterMs).toBe(3000)
})

test("AssemblyAI's own members go out as what they mean, OpenAI's under their names there", async () => {
  stage.on(GET, completed())
  await transcribe(
    ["prompt", "123"],
    ["temperature", "0.5"],
    ["speaker_labels", "true"],
    ["keyterms_prompt", '["a","b"]'],
    ["redact_pii_policies[]", "person_name"],
    ["timestamp_granularities[]", "word"],
    ["chunking_strategy", "auto"],
    ["stream", "false"],
  )
  expect(stage.received[1]?.json).toEqual({
    audio_url: AUDIO,
    speech_models: ["universal-2"],
    prompt: "123",
    temperature: 0.5,
    speaker_labels: true,
    keyterms_prompt: ["a", "b"],
    redact_pii_policies: ["person_name"],
  })
})

test("an older model is named by the older member", async () => {
  const form = await formOf([["file", sound()]])
  await stage.start(assemblyai, { ...form, model: "best" })
  expect(stage.received[1]?.json).toEqual({ audio_url: AUDIO, speech_model: "best" })
})

describe("a result", () => {
  test("has what else was asked for", async () => {
    stage.on(GET, completed({ utterances, chapters: [{ gist: "g" }] }))
    expect(resultIn(await transcribe())).toMatchObject({ text: "Smoke rises.", utterances, chapters: [{ gist: "g" }] })
  })

  test.each(["srt", "vtt"])("in the form %s is what AssemblyAI makes of it", async (format) => {
    stage.on(GET, completed())
    stage.on(`${GET}/${format}`, new Response("1\n00:00 --> 00:01\nSmoke"))
    const outcome = await transcribe(["response_format", format])
    expect(resultIn(outcome)).toMatchObject({ text: "1\n00:00 --> 00:01\nSmoke", usage: { seconds: 281 } })
    expect(outcome).toMatchObject({ used: { seconds: 281 } })
  })

  test("in the form verbose_json has its sentences and words, in seconds", async () => {
    stage.on(GET, completed())
    stage.on(`${GET}/sentences`, {
      sentences: [{ text: "Smoke rises.", start: 250, end: 1022, confidence: 0.9, words }],
    })
    const result = resultIn(await transcribe(["response_format", "verbose_json"]))
    expect(result).toMatchObject({ task: "transcribe", language: "en_us", duration: 281, text: "Smoke rises." })
    expect(result.segments).toEqual([{ id: 0, text: "Smoke rises.", start: 0.25, end: 1.022, confidence: 0.9 }])
    expect(result.words[0]).toEqual({ word: "Smoke", start: 0.25, end: 0.65, confidence: 0.97, speaker: "A" })
  })

  test("in the form diarized_json has who says what", async () => {
    stage.on(GET, completed({ utterances }))
    const result = resultIn(await transcribe(["response_format", "diarized_json"]))
    expect(stage.received[1]?.json.speaker_labels).toBe(true)
    const segment = {
      type: "transcript.text.segment",
      id: 0,
      speaker: "A",
      text: "Smoke rises.",
      start: 0.25,
      end: 1.022,
    }
    expect(result.segments).toMatchObject([segment])
  })

  test("without a text is unreadable", async () => {
    stage.on(GET, completed({ text: null }))
    expect(await transcribe()).toMatchObject({ kind: "unreadable" })
  })
})

test.each([
  ["Download error to https://a, 403 Client Error", 422],
  ["Language detection failed: no spoken audio", 422],
  ["Server error, developers have been alerted", 502],
  ["Internal server error. Please try again", 502],
])("a transcript that failed with %p is the job's end, with %p", async (error, status) => {
  stage.on(GET, { id: ID, status: "error", error })
  expect(refusalIn(await transcribe())).toMatchObject({ status, isEnd: true, message: error })
})

test("a transcript is ended at the provider", async () => {
  stage.on(`DELETE /transcript/${ID}`, completed({ text: "Deleted by user." }))
  const { state } = pendingIn(await stage.start(assemblyai, await formOf([["file", sound()]])))
  expect(refusalIn(await stage.cancel(assemblyai, state))).toMatchObject({ status: 499, isEnd: true })
})

test.each([429, 500, 504])("a %p to a question is no end of the job", async (status) => {
  stage.on(GET, Response.json({ error: "later" }, { status, headers: { "retry-after": "9" } }))
  expect(refusalIn(await transcribe())).toMatchObject({ status, isEnd: false, message: "later", retryAfterMs: 9000 })
})

test.each([
  ["response_format", "xml"],
  ["include[]", "logprobs"],
  ["known_speaker_names[]", "Ann"],
])("%s=%s is refused, and nothing is transcribed", async (name, value) => {
  expect(refusalIn(await transcribe([name, value]))).toMatchObject({ status: 400, param: name.replace("[]", "") })
  expect(stage.asked()).toEqual([UPLOAD])
})

test("an upload that is refused or broken has asked for nothing that is billed", async () => {
  stage.on(UPLOAD, Response.json({ error: "too large" }, { status: 413 }))
  expect(refusalIn(await transcribe())).toMatchObject({ status: 413, message: "too large" })
  stage.on(UPLOAD, new Response("oops"))
  expect(await transcribe()).toMatchObject({ kind: "unreached", reason: "unconnected" })
  expect(stage.asked()).toEqual([UPLOAD, UPLOAD])
})

test("a transcript that nothing names is unreadable: it was probably made", async () => {
  stage.on(CREATE, { status: "queued" })
  expect(await transcribe()).toMatchObject({ kind: "unreadable" })
})
