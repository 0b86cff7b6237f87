// Who is told of which end, and under which id.
import { describe, expect, test } from "bun:test"
import { isReserved, listHeaders, writePayload } from "../../src/webhooks/payloads.ts"
import { findEvent } from "../../src/webhooks/subscriptions.ts"
import { makeWebhookId, readWebhookId, webhookEvents } from "../../src/webhooks/webhook.ts"

const JOB_ID = "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18"
const job = { owner: "vk:a", requestType: "responses", webhook: 7 }
const endpoint = { number: 7, owner: "", form: "bifrost", allJobs: false, events: webhookEvents.bifrost } as const
const events = { ...endpoint, form: "event", events: webhookEvents.event } as const
const succeeded = { state: "succeeded", result: '{"status":"completed"}' } as const

describe("the end of a job", () => {
  test.each([
    ["that names the endpoint", endpoint, job, "async_job.completed"],
    ["that names another", endpoint, { ...job, webhook: 8 }, null],
    ["that names none", endpoint, { ...job, webhook: null }, null],
    [
      "that names none, where the endpoint wants all",
      { ...endpoint, allJobs: true },
      { ...job, webhook: null },
      "async_job.completed",
    ],
    ["of its owner", { ...endpoint, owner: "vk:a" }, job, "async_job.completed"],
    ["of another owner, although it names it", { ...endpoint, owner: "vk:b" }, job, null],
    ["of nobody's job, where the endpoint is an owner's", { ...endpoint, owner: "vk:b" }, { ...job, owner: "" }, null],
    ["to whose event it has not subscribed", { ...endpoint, events: ["async_job.failed"] as const }, job, null],
    ["of a response, in the form of events", events, { ...job, webhook: null }, "response.completed"],
    ["of another type, in the form of events", events, { ...job, requestType: "chat_completion" }, null],
  ])("%s", (_, one, of, event) => {
    expect(findEvent(one, of, succeeded)).toBe(event as never)
  })

  test.each([
    ["failed", null, "async_job.failed", "response.failed"],
    ["cancelled", null, "async_job.failed", "response.cancelled"],
    ["succeeded", '{"id":"resp_1","status":"incomplete"}', "async_job.completed", "response.incomplete"],
    ["succeeded", '{"status":"failed"}', "async_job.completed", "response.failed"],
    ["succeeded", '{"output":[{"status":"incomplete"}]}', "async_job.completed", "response.completed"],
    ["succeeded", "[]", "async_job.completed", "response.completed"],
  ] as const)("that is %s with %s is %s and %s", (state, result, ofJobs, ofResponses) => {
    expect(findEvent(endpoint, job, { state, result })).toBe(ofJobs)
    expect(findEvent(events, job, { state, result })).toBe(ofResponses)
  })
})

test("a webhook-id is that of one endpoint and job, without a dot, and is read back", () => {
  const id = makeWebhookId({ endpoint: 12, jobId: JOB_ID })
  expect(id).toBe("msg_019d6b1c8f3a7c529a415e0c7d2b6f18_12")
  expect(readWebhookId(id)).toEqual({ endpoint: 12, jobId: JOB_ID })
  for (const wrong of ["", "msg_1_1", `${id}.`, id.replace("_12", "_0"), id.toUpperCase()]) {
    expect(readWebhookId(wrong)).toBeNull()
  }
})

describe("a payload", () => {
  const paths = { speech: "/audio/speech" }
  const delivery = {
    endpoint: 1,
    jobId: JOB_ID,
    requestId: "mine",
    requestType: "speech",
    event: "async_job.completed",
    createdAt: 0,
  } as const
  const ended = {
    id: JOB_ID,
    state: "succeeded",
    statusCode: 200,
    completedAt: 0,
    expiresAt: 1000,
    error: null,
    result: null,
    isOmitted: false,
  } as const

  test("contains the result byte by byte", () => {
    const result = '{"big":12345678901234567890,"text":"\\u00e9 é"}'
    const text = writePayload(delivery, { ...ended, result }, paths)
    expect(text).toEndWith(`,"response":${result}}}`)
    expect(JSON.parse(text).data).toMatchObject({ result_url: `/v1/async/audio/speech/${JOB_ID}` })
  })

  test("names the path of any job where the type is unknown", () => {
    const text = writePayload({ ...delivery, requestType: "of a newer version" }, ended, paths)
    expect(JSON.parse(text).data.result_url).toBe(`/v1/async/jobs/${JOB_ID}`)
  })

  test("goes out with the endpoint's own headers, which replace none of the delivery's", () => {
    const own = { Authorization: "x", "USER-AGENT": "y", "X-Bifrost-Event": "z", "webhook-signature": "w", Host: "v" }
    expect(listHeaders(own, delivery)).toEqual({
      authorization: "x",
      "content-type": "application/json",
      "user-agent": "Bifrost-Webhooks/1.0",
      "x-bifrost-event": "async_job.completed",
    })
    expect(listHeaders({}, { event: "response.completed" })).not.toHaveProperty("x-bifrost-event")
    expect(["webhook-id", "content-length", "proxy-authorization"].map(isReserved)).toEqual([true, true, true])
    expect(isReserved("x-mine")).toBe(false)
  })
})
