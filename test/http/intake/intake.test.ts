// Intake takes a request that has been read, from whichever wire, and gives an accepted job or a refusal.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { createSecrets } from "../../../src/auth/sealing.ts"
import { getEndpoint } from "../../../src/endpoints/endpoints.ts"
import { GatewayError } from "../../../src/errors.ts"
import { EngineClient } from "../../../src/http/engineclient.ts"
import type { Caller } from "../../../src/http/intake/caller.ts"
import { accept } from "../../../src/http/intake/intake.ts"
import { createLimiter } from "../../../src/http/intake/limiter.ts"
import type { Received } from "../../../src/http/intake/received.ts"
import type { JobOptions, RequestHead } from "../../../src/http/intake/requesthead.ts"
import { makeProvider, NOON } from "../../factory.ts"
import { Timeline } from "../../timeline.ts"

const room = join(import.meta.dir, "../../../src/http/intake")

test("intake knows no wire: no Request, no Response, no header by its name, and no path", () => {
  const sources = readdirSync(room).map((name) => [name, readFileSync(join(room, name), "utf8")] as const)
  expect(sources.length).toBeGreaterThan(8)
  const transpiler = new Bun.Transpiler({ loader: "ts" })
  const wire = /\b(Request|Response|Headers|URL)\b|headers\.get|"\/v1|request\.url/
  const found = sources.filter(
    ([, source]) => wire.test(transpiler.transformSync(source)) || /: (Request|Response|Headers)\b/.test(source),
  )
  expect(found.map(([name]) => name)).toEqual([])
})

const ID = "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18"
const chat = getEndpoint("chat_completion")
const provider = makeProvider()

const jobOptions: JobOptions = {
  deadlineAt: NOON + 1000,
  ttlMs: 5000,
  priority: null,
  usualPriority: 1,
  onInterrupt: null,
  idempotencyKey: null,
  extraHeaders: {},
  extraHeadersTo: "primary",
  traceparent: null,
  webhookName: null,
}

function headOf(over: Partial<RequestHead> = {}): RequestHead {
  return {
    requestId: "request-1",
    receivedAt: NOON,
    originId: null,
    batch: null,
    pinnedKey: null,
    isCallerKeyWanted: false,
    authenticate: () => ({ kind: "anonymous" }),
    nameAnonymous: () => "",
    readOptions: () => jobOptions,
    ...over,
  }
}

/** A JSON body that has been read, and how often it was settled, and how. */
function bodyOf(fields: Record<string, unknown>): Received & { settled: boolean[] } {
  const settled: boolean[] = []
  return {
    submission: { form: "json", fields, files: [] },
    names: Object.keys(fields),
    text: JSON.stringify(fields),
    form: null,
    digest: "digest",
    settle: (isAccepted) => settled.push(isAccepted),
    settled,
  }
}

const messages = [{ role: "user", content: "Hello" }]
const good = () => bodyOf({ model: "mock/echo", messages })

let worker: Worker
let sent: string[]
let engine: EngineClient
beforeEach(() => {
  worker = new Worker(new URL("../../fixtures/script.worker.ts", import.meta.url))
  sent = []
  worker.postMessage = (message: string) => {
    sent.push(message)
  }
  engine = new EngineClient(worker, new Timeline(NOON), { onNews: () => {}, onOver: () => {} })
})
afterEach(() => worker.terminate())

const options = () => ({
  engine,
  limiter: createLimiter(),
  reads: { webhookNamed: () => null },
  whyOff: new Map(),
  providers: new Map([[provider.name, provider]]),
  allowsCallerKeys: true,
  secrets: createSecrets(new Uint8Array(32)),
  random: (bytes: number) => new Uint8Array(bytes),
})

/** The engine says it to whatever asked first. */
const say = (data: unknown) => worker.dispatchEvent(new MessageEvent("message", { data }))

const codeOf = (refusal: unknown) => (refusal instanceof GatewayError ? refusal.code : String(refusal))

test("a request that has been read becomes a job, which is accepted once the engine says that it is stored", async () => {
  const body = good()
  const head = headOf({ readOptions: () => ({ ...jobOptions, priority: 2, onInterrupt: "fail" }) })
  const accepted = accept(ID, chat, head, body, options())
  expect(body.settled).toEqual([])
  expect(sent).toHaveLength(1)
  say("1")
  const { job, replayedId } = await accepted
  expect(replayedId).toBeNull()
  expect(job).toMatchObject({
    id: ID,
    requestId: "request-1",
    requestType: "chat_completion",
    owner: "",
    provider: "mock",
    model: "echo",
    createdAt: NOON,
    deadlineAt: NOON + 1000,
    ttlMs: 5000,
    priority: 2,
    lossRetries: 0,
  })
  expect(body.settled).toEqual([true])
})

test("a job that came before under the same Idempotency-Key is named", async () => {
  const head = headOf({ readOptions: () => ({ ...jobOptions, idempotencyKey: "k" }) })
  const accepted = accept(ID, chat, head, good(), options())
  say({ kind: "replayed", seq: 1, id: "the one before" })
  expect(await accepted).toMatchObject({ replayedId: "the one before", job: { idempotencyKey: expect.any(String) } })
})

test("a refusal of the engine is the caller's, and what was stored of the body is forgotten", async () => {
  const body = good()
  const accepted = accept(ID, chat, headOf(), body, options())
  say({ kind: "refused", seq: 1, code: "queue_full", message: "full" })
  expect(codeOf(await accepted.catch((refusal) => refusal))).toBe("queue_full")
  expect(body.settled).toEqual([false])
})

describe("what is wrong is refused in the order of the wire contract:", () => {
  const refuse = (code: "virtual_key_required" | "invalid_request") => () => {
    throw new GatewayError(code, code === "invalid_request" ? "an option is wrong" : "nobody")
  }
  const strangers = { authenticate: refuse("virtual_key_required"), readOptions: refuse("invalid_request") }
  const rows: [what: string, body: Record<string, unknown>, head: Partial<RequestHead>, message: string][] = [
    ["a missing member", { model: "nobody/x" }, strangers, "messages is required for chat completion"],
    ["a stream", { messages, stream: true }, strangers, "stream is not supported for async chat completions"],
    ["no model", { messages }, strangers, "model is required"],
    ["an unknown provider", { messages, model: "nobody/x" }, strangers, "unknown provider 'nobody'"],
    ["an unknown caller", { messages, model: "mock/x", fallbacks: 1 }, strangers, "nobody"],
    [
      "a wrong fallback",
      { messages, model: "mock/x", fallbacks: 1 },
      { readOptions: strangers.readOptions },
      "fallbacks",
    ],
    ["a wrong option", { messages, model: "mock/x" }, { readOptions: strangers.readOptions }, "an option is wrong"],
  ]
  test.each(rows)("%s", async (_, fields, head, message) => {
    const body = bodyOf(fields)
    const refusal = await accept(ID, chat, headOf(head), body, options()).catch((error) => error)
    expect(refusal).toBeInstanceOf(GatewayError)
    expect(refusal.message).toContain(message)
    expect(body.settled).toEqual([false])
    expect(sent).toEqual([])
  })
})

test("a virtual key's request counts against its limit only when all else is right", async () => {
  const key = { id: "a", name: "a", isActive: true, expiresAt: null, requestsPerMinute: 1, grants: null }
  const caller = { kind: "virtual key", key, callerKey: null } as unknown as Caller
  const head = headOf({ authenticate: () => caller })
  const shared = options()
  const ask = (body: Received) => accept(ID, chat, head, body, shared).catch(codeOf)
  expect(await ask(bodyOf({ model: "mock/echo" }))).toBe("invalid_request")
  const first = ask(good())
  say("1")
  expect(await first).toMatchObject({ job: { owner: "vk:a" } })
  expect(await ask(good())).toBe("rate_limited")
})
