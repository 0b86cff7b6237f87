import { describe, expect, test } from "bun:test"
import { createFailureLog } from "../../src/engine/failurelog.ts"
import { hideQuotes } from "../../src/engine/quotes.ts"
import { ownError, upstreamError } from "../../src/errors.ts"
import { createLog } from "../../src/log.ts"
import { claimedFrom, createWorld, insertJob, NOON } from "../factory.ts"
import { Timeline } from "../timeline.ts"

const request = (content: string) => JSON.stringify({ model: "up/gpt-x", messages: [{ role: "user", content }] })

function start(text: string | null = request("Hello")) {
  const lines: Record<string, unknown>[] = []
  const clock = new Timeline(NOON)
  const write = (line: string) => void lines.push(JSON.parse(line))
  const log = createLog({ level: "info", style: "json", now: clock.now, write })
  return { lines, clock, failures: createFailureLog(log, clock, () => text) }
}

const world = createWorld()
const job = claimedFrom(insertJob(world.database, "running", { attempt: 3, provider: "second", model: "m" }))
world.dispose()
const fields = { provider: "up", model: "gpt-x", requestType: "chat_completion" }
const refusal = {
  type: "invalid_request_error",
  code: "model_not_found",
  message: "The model `gpt-x` is gone",
  param: null,
}

describe("a job that has failed", () => {
  test("has a line with its id, the reason, and the provider whose error it is", () => {
    const { lines, failures } = start()
    failures.report([{ job, error: upstreamError(404, refusal, fields) }])
    expect(lines).toEqual([
      {
        time: expect.any(String),
        level: "info",
        event: "job failed",
        job: job.id,
        provider: "up",
        model: "gpt-x",
        type: "chat_completion",
        status: 404,
        code: "model_not_found",
        attempts: 3,
        message: "The model `gpt-x` is gone",
      },
    ])
  })

  test("is reported in at most 300 characters of its provider's words, and none where the request cannot be searched", () => {
    const { lines, failures } = start()
    failures.report([{ job, error: ownError("deadline_exceeded", "a".repeat(5000), fields) }])
    expect(lines[0]).toMatchObject({ code: "deadline_exceeded", message: "a".repeat(300) })
    const blind = start(null)
    blind.failures.report([{ job, error: upstreamError(404, refusal, fields) }])
    blind.failures.report([{ job, error: ownError("unreadable_response", "it said Hello", fields) }])
    blind.failures.report([{ job, error: ownError("request_timed_out", "no answer from up within 3 s", fields) }])
    expect(blind.lines).toMatchObject([
      { code: "model_not_found", message: "[…]" },
      { code: "unreadable_response", message: "[…]" },
      { code: "request_timed_out", message: "no answer from up within 3 s" },
    ])
  })

  test("shares a line with all that fail beyond ten in a second", () => {
    const { lines, clock, failures } = start()
    const error = upstreamError(404, refusal, fields)
    const other = ownError("request_timed_out", "no answer", fields)
    failures.report(Array.from({ length: 5000 }, () => ({ job, error })))
    failures.report(Array.from({ length: 3 }, () => ({ job, error: other })))
    expect(lines).toHaveLength(10)
    clock.advance(1000)
    failures.flush()
    failures.flush()
    expect(lines).toHaveLength(11)
    expect(lines[10]).toMatchObject({
      event: "more jobs failed, in one second",
      jobs: 4993,
      by: { "up model_not_found": 4990, "up request_timed_out": 3 },
    })
    failures.report([{ job, error }])
    expect(lines).toHaveLength(12)
  })
})

describe("a message in the log", () => {
  const secret = "The moon landing was filmed in my garden, and nobody knows"

  test.each([
    ["invalid content 'Hello' in messages[0]", request("Hello"), "invalid content '[…]' in messages[0]"],
    [`cannot parse: ${secret}`, request(secret), "cannot parse: […]"],
    ["near: filmed in my garden, and no…", request(secret), "near: […] no…"],
    ["NEAR: FILMED IN MY GARDEN", request(secret), "NEAR: […]"],
    ["The model gpt-x was not found", request(secret), "The model gpt-x was not found"],
    ["unknown parameter: 'foo'", '{"model":"up/m","foo":1,"input":["one two","bar"]}', "unknown parameter: 'foo'"],
    ["bad input: one two", '{"input":["one two"]}', "bad input: […]"],
    ["no answer from up within 3 s", "not JSON", "[…]"],
    ["", request(secret), ""],
  ])("%j keeps nothing of the request: %#", (message, text, expected) => {
    expect(hideQuotes(message, text)).toBe(expected)
  })

  test("is hidden where the request is nested too deeply", () => {
    expect(hideQuotes("no", `${"[".repeat(200_000)}${"]".repeat(200_000)}`)).toBe("[…]")
  })
})
