// Fallbacks: tried in order, each with its own retries; when all fail, the first provider's error is the job's.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { chat, type Gateway, type Job, launch } from "../harness.ts"
import { completion, startUpstream, type Upstream } from "../upstream.ts"

let first: Upstream
let second: Upstream
let third: Upstream
let gateway: Gateway
beforeAll(async () => {
  ;[first, second, third] = [startUpstream(), startUpstream(), startUpstream()]
  const provider = ({ url }: Upstream, over = {}) => ({
    network_config: { base_url: url, max_retries: 1, retry_backoff_initial: 1, retry_backoff_max: 2 },
    ...over,
  })
  gateway = await launch({
    config: {
      providers: {
        first: provider(first, {
          keys: [
            { name: "main", value: "sk-first-key" },
            { name: "spare", value: "sk-spare-key" },
          ],
        }),
        second: provider(second, { keys: [{ value: "sk-second-key" }] }),
        third: provider(third),
      },
      governance: {
        virtual_keys: [{ id: "a", name: "a", value: "sk-bf-aaaaaaaaaaaa", provider_configs: [{ provider: "first" }] }],
      },
    },
  })
})
afterAll(async () => {
  await gateway.dispose()
  await Promise.all([first.stop(), second.stop(), third.stop()])
})

const fails = (status: number, message: string) => () => Response.json({ error: { message } }, { status })
const request = (over = {}) => chat({ model: "first/a", fallbacks: ["second/b", "third/c/d"], ...over })

async function end(body: object, headers = {}): Promise<Job> {
  for (const upstream of [first, second, third]) upstream.received.length = 0
  return await gateway.end(await gateway.accept(body, headers))
}
const calls = () => [first, second, third].map(({ received }) => received.length)

test("a job whose provider answers goes nowhere else", async () => {
  first.answer(() => completion("from the first"))
  expect((await end(request())).result.choices[0].message.content).toBe("from the first")
  expect(calls()).toEqual([1, 0, 0])
})

test("a job goes on when its provider's tries are spent, to each in order, with a budget and a key of its own", async () => {
  first.answer(fails(500, "first is down"))
  second.answer(fails(503, "second is down"))
  third.answer(() => completion("from the third"))
  const job = await end(request(), { "x-bf-api-key": "spare" })
  expect(job.result.choices[0].message.content).toBe("from the third")
  expect(job.result.extra_fields).toMatchObject({ provider: "third", model_requested: "c/d" })
  expect(calls()).toEqual([2, 2, 1])
  expect(first.received[0]?.headers["authorization"]).toBe("Bearer sk-spare-key")
  expect(second.received[0]?.headers["authorization"]).toBe("Bearer sk-second-key")
  expect(third.received[0]?.headers["authorization"]).toBeUndefined()
  expect(JSON.parse(third.received[0]?.body ?? "")).toEqual({ model: "c/d", messages: chat()["messages"] })
  const view = (await (await gateway.fetch(`/v1/async/jobs/${job.id}`)).json()) as Job
  expect(view.attempts.map((attempt: Job) => `${attempt.provider}/${attempt.model} ${attempt.status_code}`)).toEqual([
    "first/a 500",
    "first/a 500",
    "second/b 503",
    "second/b 503",
    "third/c/d 200",
  ])
})

test("a refusal that no retry can help sends it on at once", async () => {
  first.answer(fails(400, "first does not like it"))
  second.answer(() => completion())
  expect((await end(request())).status).toBe("completed")
  expect(calls()).toEqual([1, 1, 0])
})

test("when all fail, the job has the first provider's error", async () => {
  first.answer(fails(422, "first refuses"))
  second.answer(fails(400, "second refuses"))
  third.answer(fails(404, "third refuses"))
  const job = await end(request())
  expect(job).toMatchObject({ status: "failed", status_code: 422, error: { error: { message: "first refuses" } } })
  expect(job.error.extra_fields).toMatchObject({ provider: "first", model_requested: "a" })
  expect(calls()).toEqual([1, 1, 1])
})

test("a caller's own key goes to the first provider only", async () => {
  first.answer(fails(401, "no"))
  second.answer(() => completion())
  const headers = { authorization: "Bearer sk-my-own-key", "x-bf-direct-key": "true" }
  for (const upstream of [first, second, third]) upstream.received.length = 0
  const id = await gateway.accept(request(), headers)
  while ((await gateway.poll(id, headers)).status !== 200);
  expect(first.received[0]?.headers["authorization"]).toBe("Bearer sk-my-own-key")
  expect(second.received[0]?.headers["authorization"]).toBe("Bearer sk-second-key")
  expect(gateway.count("jobs", "secret IS NOT NULL")).toBe(0)
})

test("a form falls back too, with the other provider's model in it", async () => {
  first.answer(fails(400, "no"))
  second.answer(() => Response.json({ text: "heard" }))
  second.received.length = 0
  const form = new FormData()
  form.append("model", "first/a")
  form.append("fallbacks", '["second/whisper-b"]')
  form.append("file", new File(["sound"], "a.wav", { type: "audio/wav" }))
  const response = await gateway.fetch("/v1/async/audio/transcriptions", {
    method: "POST",
    body: form,
    headers: { prefer: "wait=20" },
  })
  expect(await response.json()).toMatchObject({ status: "completed", result: { text: "heard" } })
  const { body } = await second.request(0)
  expect(body).toContain('name="model"\r\n\r\nwhisper-b\r\n')
  expect(body).not.toContain("fallbacks")
})

test("a virtual key must be allowed every fallback", async () => {
  const response = await gateway.submit(request(), { "x-bf-vk": "sk-bf-aaaaaaaaaaaa" })
  expect(response.status).toBe(403)
  expect(((await response.json()) as Job).type).toBe("provider_blocked")
})

test("a job that fell back goes on there after a crash", async () => {
  first.answer(fails(400, "no"))
  const arrived = second.received.length
  second.answer(() => new Promise<Response>(() => {}))
  const config = { keys: [{ value: "sk-1" }], network_config: { base_url: second.url } }
  const one = await launch({
    config: { providers: { first: { network_config: { base_url: first.url } }, second: config } },
  })
  const id = await one.accept(request({ fallbacks: ["second/b"] }))
  await second.request(arrived)
  await one.stop("SIGKILL")
  second.answer(() => completion("after the crash"))
  const two = await launch({ dir: one.dir })
  expect((await two.end(id)).result.choices[0].message.content).toBe("after the crash")
  await two.dispose()
  await one.dispose()
})
