// The handlers ask the store through `Reads`, whose answers may be promises: they answer the same whether it answers at once or later.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import type { Answer } from "../../src/jobs/answer.ts"
import { BODY_PIECE_BYTES } from "../../src/jobs/job.ts"
import type { Pieces, Reads } from "../../src/jobs/reads.ts"
import { claimedFrom, createWorld, doTurn, insertJob, makeFinish, NOON, type Row, type World } from "../factory.ts"
import { OWNER, openServer, type TestServer } from "./server.ts"

/** The same reads, of which every answer comes in a later turn of the event loop. */
function answerLater(reads: Reads): Reads {
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const later =
    <Asked extends unknown[], T>(ask: (...asked: Asked) => Answer<T>) =>
    async (...asked: Asked): Promise<T> => {
      await turn()
      return await ask(...asked)
    }
  return {
    job: later(reads.job),
    attempts: later(reads.attempts),
    request: later(reads.request),
    events: later(reads.events),
    eventCount: later(reads.eventCount),
    bodyBytes: later(reads.bodyBytes),
    async *bodyPieces(...asked): AsyncGenerator<Uint8Array> {
      const pieces: Pieces = reads.bodyPieces(...asked)
      for await (const piece of pieces) {
        await turn()
        yield piece
      }
    },
    position: later(reads.position),
    firstDue: later(reads.firstDue),
    closedUntil: later(reads.closedUntil),
    list: later(reads.list),
    usage: later(reads.usage),
    oldestDue: later(reads.oldestDue),
    webhooks: later(reads.webhooks),
    webhookNamed: later(reads.webhookNamed),
    deliveries: later(reads.deliveries),
    pendingDeliveries: later(reads.pendingDeliveries),
    file: later(reads.file),
    files: later(reads.files),
    fileIds: later(reads.fileIds),
    batch: later(reads.batch),
    batches: later(reads.batches),
    unfinishedBatches: later(reads.unfinishedBatches),
    lineOf: later(reads.lineOf),
    batchJobs: later(reads.batchJobs),
    batchRefusals: later(reads.batchRefusals),
    conversation: later(reads.conversation),
    conversationItems: later(reads.conversationItems),
    conversationItem: later(reads.conversationItem),
    gateways: later(reads.gateways),
    standbys: later(reads.standbys),
    sizes: later(reads.sizes),
    revision: later(reads.revision),
    ping: later(reads.ping),
  }
}

const CHAT = "/v1/async/chat/completions"
const SPEECH = "/v1/async/audio/speech"
const IMAGES = "/v1/async/images/generations"
const JOBS = "/v1/async/jobs"

let world: World
let servers: { now: TestServer; later: TestServer }
beforeEach(() => {
  world = createWorld()
  servers = { now: openServer(world.reads, world.dir), later: openServer(answerLater(world.reads), world.dir) }
})
afterEach(() => {
  servers.now.dispose()
  servers.later.dispose()
  world.dispose()
})

/** A job that has come to its end. */
function insertEnded(over: Partial<Row>, result: string, content?: { type: string; bytes: Buffer }): Row {
  const job = insertJob(world.database, "running", { owner: OWNER, ...over })
  const answer = { result, usage: '{"total_tokens":3}', ...(content ? { content } : {}) }
  doTurn(world.store, makeFinish(claimedFrom(job), { answer }), NOON)
  world.reads.refresh()
  return job
}

async function shown(response: Response) {
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
}

/** What both answer, which must be the same. */
async function askBoth(path: string, init: RequestInit = {}) {
  world.reads.refresh()
  const [now, later] = await Promise.all([
    servers.now.ask(path, init).then(shown),
    servers.later.ask(path, init).then(shown),
  ])
  expect(later).toEqual(now)
  return now
}

describe("whether the store answers at once or later, the answer is the same to", () => {
  test("a poll of a job in any state, and one of a job that is not there, is of another type or another's", async () => {
    for (const state of ["queued", "running", "waiting", "succeeded", "failed", "cancelled"] as const) {
      const { id } = insertJob(world.database, state, { owner: OWNER })
      const { status, body } = await askBoth(`${CHAT}/${id}`)
      expect(status).toBe(["queued", "running", "waiting"].includes(state) ? 202 : 200)
      expect(JSON.parse(body).id).toBe(id)
      expect((await askBoth(`${SPEECH}/${id}`)).body).toContain("operation_type_mismatch")
    }
    const other = insertJob(world.database, "queued", { owner: "vk:b" })
    expect((await askBoth(`${CHAT}/${other.id}`)).body).toContain("job_key_mismatch")
    expect((await askBoth(`${CHAT}/00000000-0000-0000-0000-000000000000`)).status).toBe(404)
  })

  test("a poll of a result that fits, that takes several pieces, and that has bytes beside it", async () => {
    const short = insertEnded({}, '{"choices":[]}')
    expect((await askBoth(`${CHAT}/${short.id}`)).body).toEndWith(',"result":{"choices":[]}}\n')
    const long = JSON.stringify({ choices: ["x".repeat(3 * BODY_PIECE_BYTES)] })
    expect((await askBoth(`${CHAT}/${insertEnded({}, long).id}`)).body).toEndWith(`,"result":${long}}\n`)
    const bytes = Buffer.alloc(BODY_PIECE_BYTES + 7, "sound")
    const speech = insertEnded({ request_type: "speech" }, '{"audio":"","usage":null}', { type: "audio/wav", bytes })
    const { body } = await askBoth(`${SPEECH}/${speech.id}`)
    expect(JSON.parse(body).result).toEqual({ audio: bytes.toString("base64"), usage: null })
  })

  test("a poll that waits for the end, which comes meanwhile", async () => {
    const job = insertJob(world.database, "running", { owner: OWNER })
    const asked = [servers.now, servers.later].map((server) =>
      server.ask(`${CHAT}/${job.id}`, { headers: { prefer: "wait=60" } }).then(shown),
    )
    const isWatched = () => [servers.now, servers.later].every(({ sent }) => sent.length > 0)
    while (!isWatched()) await new Promise<void>((resolve) => setImmediate(resolve))
    doTurn(world.store, makeFinish(claimedFrom(job), { answer: { result: "{}", usage: null } }), NOON)
    world.reads.refresh()
    for (const server of [servers.now, servers.later]) server.say({ kind: "ended", ids: [job.id] })
    const [now, later] = await Promise.all(asked)
    expect(now).toMatchObject({ status: 200, headers: { "preference-applied": "wait=60" } })
    expect(later).toEqual(now as NonNullable<typeof now>)
  })

  test("the view of a job that waits in the queue, and of one that has ended", async () => {
    const before = insertJob(world.database, "queued", { owner: OWNER, run_at: NOON - 2 })
    const queued = insertJob(world.database, "queued", { owner: OWNER, run_at: NOON - 1 })
    expect(JSON.parse((await askBoth(`${JOBS}/${before.id}`)).body).queue.position).toBe(0)
    expect(JSON.parse((await askBoth(`${JOBS}/${queued.id}`)).body).queue.position).toBe(1)
    const ended = insertEnded({}, '{"choices":[]}')
    const view = JSON.parse((await askBoth(`${JOBS}/${ended.id}`)).body)
    expect(view).toMatchObject({ usage: { total_tokens: 3 }, result: { choices: [] } })
    expect(view.attempts).toHaveLength(1)
  })

  test("a list, page by page", async () => {
    for (let count = 0; count < 5; count++) insertJob(world.database, "queued", { owner: OWNER })
    insertJob(world.database, "queued", { owner: "vk:b" })
    const first = await askBoth(`${JOBS}?limit=3`)
    const next = /<(.*)>/.exec(first.headers["link"] ?? "")?.[1] ?? ""
    expect(JSON.parse(first.body)).toMatchObject({ has_more: true })
    expect(JSON.parse((await askBoth(next)).body).data).toHaveLength(2)
  })

  test("a fetch of content: all of it, a part, an image of a long list, and none", async () => {
    const bytes = Buffer.alloc(BODY_PIECE_BYTES + 7, "sound")
    const speech = insertEnded({ request_type: "speech" }, '{"audio":""}', { type: "audio/wav", bytes })
    const path = `${JOBS}/${speech.id}/content`
    expect((await askBoth(path)).body).toBe(bytes.toString())
    expect((await askBoth(path, { headers: { range: "bytes=1-4" } })).body).toBe(bytes.subarray(1, 5).toString())
    expect((await askBoth(path, { headers: { "if-none-match": `"${speech.id}"` } })).status).toBe(304)
    const image = Buffer.alloc(BODY_PIECE_BYTES, "an image")
    const images = insertEnded(
      { request_type: "image_generation" },
      JSON.stringify({ data: [{ b64_json: image.toString("base64") }] }),
    )
    expect((await askBoth(`${JOBS}/${images.id}/content`)).body).toBe(image.toString())
    expect((await askBoth(`${IMAGES}/${images.id}`)).status).toBe(200)
    expect((await askBoth(`${JOBS}/${images.id}/content?index=1`)).status).toBe(404)
    const running = insertJob(world.database, "running", { owner: OWNER })
    expect((await askBoth(`${JOBS}/${running.id}/content`)).body).toContain("the job is processing")
  })

  test("/health", async () => {
    expect((await askBoth("/health")).body).toBe('{"status":"ok"}\n')
  })
})

test("a store that cannot be read is a 503 to every question, and never a 404", async () => {
  const { id } = insertJob(world.database, "succeeded", { owner: OWNER })
  world.reads.refresh()
  world.closeReader()
  for (const path of [`${CHAT}/${id}`, `${JOBS}/${id}`, `${JOBS}/${id}/content`, JOBS]) {
    const { status, headers, body } = await askBoth(path)
    expect({ path, status, retry: headers["retry-after"] }).toEqual({ path, status: 503, retry: "1" })
    expect(JSON.parse(body).error).toMatchObject({
      code: "store_unavailable",
      message: "the job could not be read: ask again in a moment",
    })
  }
  const health = await askBoth("/health")
  expect(health.status).toBe(503)
  expect(health.body).toContain("the store cannot be read")
})
