import { describe, expect, test } from "bun:test"
import { errorCodes, findStatus, GatewayError, ownError, threadError, upstreamError } from "../src/errors.ts"

const fields = { requestType: "chat_completion", model: "m", provider: "p" }
const nothing = { type: null, code: null, param: null, message: "no" }

describe("an error of our own", () => {
  test("has its members in the wire's order", () => {
    expect(JSON.stringify(ownError("no_keys", "no keys found", fields, "model"))).toBe(
      '{"type":"invalid_request_error","is_bifrost_error":false,"status_code":400,' +
        '"error":{"type":"invalid_request_error","code":"no_keys","message":"no keys found","param":"model"},' +
        '"extra_fields":{"provider":"p","model_requested":"m","original_model_requested":"m","request_type":"chat_completion"}}',
    )
  })

  test("leaves out what is not known, but never extra_fields", () => {
    expect(JSON.stringify(ownError("job_not_found", "job not found or expired"))).toBe(
      '{"type":"invalid_request_error","is_bifrost_error":false,"status_code":404,' +
        '"error":{"type":"invalid_request_error","code":"job_not_found","message":"job not found or expired"},"extra_fields":{}}',
    )
    expect(ownError("invalid_json", "no", { requestType: "chat_completion" }).extra_fields).toEqual({
      request_type: "chat_completion",
    })
  })

  test.each(errorCodes)("%s has a status of an error and says it in the body too", (code) => {
    const error = ownError(code, "no")
    expect(error.status_code).toBe(findStatus(code))
    expect(error.status_code).toBeWithin(400, 600)
    expect(error.error.code).toBe(code)
    expect(error.error.type).toBe(error.type)
  })

  test.each([
    ["request_timed_out", 504],
    ["provider_connection_failed", 502],
    ["upstream_credentials_exhausted", 502],
  ] as const)("%s is a type that clients switch on, with status %i", (code, status) => {
    expect(ownError(code, "no")).toMatchObject({ type: code, status_code: status })
  })
})

describe("a provider's refusal", () => {
  test("keeps its status, type, code, message and param, in the wire's order", () => {
    const refusal = { param: "n", message: "n is too large", code: "too_large", type: "invalid_request_error" }
    expect(JSON.stringify(upstreamError(422, refusal, fields))).toBe(
      '{"is_bifrost_error":false,"status_code":422,' +
        '"error":{"type":"invalid_request_error","code":"too_large","message":"n is too large","param":"n"},' +
        '"extra_fields":{"provider":"p","model_requested":"m","original_model_requested":"m","request_type":"chat_completion"}}',
    )
  })

  test("keeps what the provider says in an object of its own", () => {
    const refusal = { ...nothing, code: "content_filter", innererror: '{"code":"ResponsibleAIPolicyViolation"}' }
    expect(upstreamError(400, refusal, {}).error).toEqual({
      ...{ code: "content_filter", message: "no" },
      innererror: { code: "ResponsibleAIPolicyViolation" },
    })
  })

  test("has no member that the provider did not give", () => {
    expect(upstreamError(500, nothing, {})).toEqual({
      is_bifrost_error: false,
      status_code: 500,
      error: { message: "no" },
      extra_fields: {},
    })
    expect(upstreamError(400, { ...nothing, code: "c" }, {}).error).toEqual({ code: "c", message: "no" })
  })
})

test("a GatewayError carries what its answer needs, and its cause", () => {
  const cause = new Error("disk")
  const error = new GatewayError("store_unavailable", "ask again", { retryAfter: 1, cause, param: "model", fields })
  expect(error).toMatchObject({
    code: "store_unavailable",
    message: "ask again",
    retryAfter: 1,
    param: "model",
    fields,
  })
  expect(error.cause).toBe(cause)
  expect(new GatewayError("invalid_json", "no")).toMatchObject({ fields: {}, headers: {}, retryAfter: undefined })
})

test.each([
  [
    "1 | const f = (x) => x.y.z\n    ^\nTypeError: undefined is not an object\n      at f (/a.ts:1:5)\n",
    "TypeError: undefined is not an object",
  ],
  ["3 | throw 1\n error: boom: twice\n", "error: boom: twice"],
  ["2 | nothing said\n", "it gave no reason"],
])("what a dead thread says of itself is one line, without its source: %j", (message, line) => {
  expect(threadError(message).trim()).toBe(line)
})
