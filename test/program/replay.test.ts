// The stored request of a job: read as it came, and repeated as a new job for the same owner.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Job } from "../harness.ts"
import { expectRefusal, NO_JOB, openWire, UNKNOWN_KEY, virtualKeys, type Wire } from "../wire/gateway.ts"
import { chat, findType } from "../wire/types.ts"

type Headers = Record<string, string>

const JOBS = "/v1/async/jobs"
const CHAT = "/v1/async/chat/completions"
const transcription = findType("transcription")
const KEY_A = { "x-bf-vk": virtualKeys.a }
const OWN = { "x-api-key": "sk-own-key-of-a-caller", "x-bf-direct-key": "true" }

let shared: Wire
let alone: Wire
let admin: Headers
beforeAll(async () => {
  shared = await openWire()
  alone = await openWire({ isAlone: true })
  admin = { authorization: `Bearer ${await shared.own.adminToken()}` }
})
afterAll(async () => {
  await shared.dispose()
  await alone.dispose()
})

const readRequest = (wire: Wire, id: string, query = "", headers: Headers = {}) =>
  wire.fetch(`${JOBS}/${id}/request${query}`, { headers })

function replay(wire: Wire, id: string, body: object | null = null, headers: Headers = {}): Promise<Response> {
  const sent = body === null ? {} : { body: JSON.stringify(body) }
  return wire.fetch(`${JOBS}/${id}/replay`, { method: "POST", headers, ...sent })
}

async function replayed(wire: Wire, id: string, body?: object, headers: Headers = {}): Promise<Job> {
  const response = await replay(wire, id, body, headers)
  const job = (await response.json()) as Job
  expect({ status: response.status, origin: job.origin_id, error: job.error }).toEqual({
    status: 202,
    origin: id,
    error: undefined,
  })
  return job
}

/** A form with a field and two files. */
function makeForm(model = "mock/whisper"): FormData {
  const form = new FormData()
  form.append("model", model)
  form.append("language", "en")
  form.append(
    "file",
    new File([new Uint8Array(Buffer.alloc(300_000, "sound"))], "a'wave (1)é.wav", { type: "audio/wav" }),
  )
  form.append("more", new File(["<script>"], "page.html", { type: "text/html" }))
  return form
}

async function submitForm(wire: Wire, form: FormData): Promise<string> {
  const response = await wire.fetch(transcription.path, { method: "POST", body: form })
  expect(response.status).toBe(202)
  return ((await response.json()) as Job).id
}

describe("the request of a job", () => {
  test("comes byte for byte, however large, before the job has ended and afterwards", async () => {
    for (const padding of [10, 2_000_000]) {
      const body = `{ "model":"mock/echo",  "messages":[{"role":"user","content":"${"x".repeat(padding)}"}], "seed": 12345678901234567890, "mock":{"hang":true} }`
      const response = await alone.post(CHAT, body)
      const { id } = (await response.json()) as Job
      const shown = await readRequest(alone, id)
      expect(shown.headers.get("content-type")).toBe("application/json")
      expect(shown.headers.get("cache-control")).toBe("no-store")
      expect(shown.headers.get("x-content-type-options")).toBe("nosniff")
      expect((await shown.text()) === body).toBe(true)
      await alone.fetch(`${JOBS}/${id}/cancel`, { method: "POST" })
      expect((await (await readRequest(alone, id)).text()) === body).toBe(true)
      await expectRefusal(await readRequest(alone, id, "?file=0"), { status: 404, message: /^the request is JSON/ })
    }
  })

  test("that is a form shows its fields and files, and gives each file whole or a part, as nothing that runs", async () => {
    const id = await submitForm(alone, makeForm())
    expect(await (await readRequest(alone, id)).json()).toEqual({
      object: "form",
      fields: { model: "mock/whisper", language: "en" },
      files: [
        { index: 0, name: "file", filename: "a'wave (1)é.wav", content_type: "audio/wav", bytes: 300_000 },
        {
          index: 1,
          name: "more",
          filename: "page.html",
          content_type: expect.stringMatching(/^text\/html/),
          bytes: 8,
        },
      ],
    })
    const sound = await readRequest(alone, id, "?file=0")
    expect(sound.headers.get("content-type")).toBe("audio/wav")
    expect(sound.headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''a%27wave%20%281%29%C3%A9.wav")
    expect(Buffer.from(await sound.arrayBuffer()).equals(Buffer.alloc(300_000, "sound"))).toBe(true)
    const part = await readRequest(alone, id, "?file=0", { range: "bytes=299999-" })
    expect(part.status).toBe(206)
    expect(part.headers.get("content-range")).toBe("bytes 299999-299999/300000")
    expect(await part.text()).toBe("d")
    const page = await readRequest(alone, id, "?file=1")
    expect(page.headers.get("content-type")).toBe("application/octet-stream")
    expect(page.headers.get("content-security-policy")).toContain("sandbox")
    expect(await page.text()).toBe("<script>")
    for (const index of ["2", "-1", "x"]) {
      const message = new RegExp(`^there is no file ${index} in the form: it has 2, and \\?file=N counts from 0$`)
      await expectRefusal(await readRequest(alone, id, `?file=${index}`), { status: 404, message })
    }
  })
})

describe("a job that repeats another", () => {
  test("has its request, type, priority and time to live, names it, and ends on its own", async () => {
    const first = await alone.run(chat, {}, { "x-asyncgate-priority": "high", "x-bf-async-job-result-ttl": "777" })
    const { id } = await replayed(alone, first.id)
    const again = await alone.end(chat, id)
    expect(again.result.choices).toEqual(first.result.choices)
    const view = (await (await alone.fetch(`${JOBS}/${id}`)).json()) as Job
    expect(view).toMatchObject({
      origin_id: first.id,
      priority: "high",
      model: "echo",
      request_type: "chat_completion",
    })
    expect(Date.parse(view.expires_at) - Date.parse(view.completed_at)).toBe(777_000)
    expect(Date.parse(view.deadline_at) - Date.parse(view.created_at)).toBe(86_400_000)
    const listed = (await (await alone.fetch(`${JOBS}?origin=${first.id}`)).json()) as Job
    expect(listed.data.map((job: Job) => job.id)).toEqual([id])
    const other = await replayed(alone, first.id, {}, { "x-asyncgate-priority": "low", "cancel-after": "5m" })
    const low = (await (await alone.fetch(`${JOBS}/${other.id}`)).json()) as Job
    expect(low.priority).toBe("low")
    expect(Date.parse(low.deadline_at) - Date.parse(low.created_at)).toBe(300_000)
  })

  test("can have another model, in the body that is stored too, and nothing else differs by a byte", async () => {
    const body = '{ "model":"mock/echo", "messages":[{"role":"user","content":"Hi"}],"seed":12345678901234567890 }'
    const { id } = (await (await alone.post(CHAT, body)).json()) as Job
    const { id: other } = await replayed(alone, id, { model: "mock/other" })
    expect(await (await readRequest(alone, other)).text()).toBe(body.replace("mock/echo", "mock/other"))
    expect((await alone.end(chat, other)).result.extra_fields.model_requested).toBe("other")
  })

  test("can have a whole new body, whose numbers keep their digits and which has the job's model without one of its own", async () => {
    const { id } = await alone.run(chat)
    const messages = [{ role: "user", content: "Other" }]
    const sent = `{"body": {"messages":${JSON.stringify(messages)}, "seed":12345678901234567890}}`
    const response = await alone.post(`${JOBS}/${id}/replay`, sent)
    const { id: other } = (await response.json()) as Job
    expect(response.status).toBe(202)
    const stored = `{"messages":${JSON.stringify(messages)}, "seed":12345678901234567890,"model":"mock/echo"}`
    expect(await (await readRequest(alone, other)).text()).toBe(stored)
    const { id: both } = await replayed(alone, id, { model: "mock/b", body: { model: "mock/a", messages } })
    expect((await alone.end(chat, both)).result.extra_fields.model_requested).toBe("b")
  })

  test("of a form and of large JSON has every byte of it", async () => {
    const id = await submitForm(alone, makeForm())
    const { id: again } = await replayed(alone, id)
    const { id: other } = await replayed(alone, again, { model: "mock/other" })
    const { id: last } = await replayed(alone, other)
    for (const each of [again, other, last]) {
      const file = await readRequest(alone, each, "?file=0")
      expect(Buffer.from(await file.arrayBuffer()).equals(Buffer.alloc(300_000, "sound"))).toBe(true)
    }
    const model = async (of: string) => ((await (await alone.fetch(`${JOBS}/${of}`)).json()) as Job).model
    expect(await Promise.all([again, other, last].map(model))).toEqual(["whisper", "other", "other"])
    const body = `{"model":"mock/echo","messages":[{"role":"user","content":"${"x".repeat(9_000_000)}"}]}`
    const large = (await (await alone.post(CHAT, body)).json()) as Job
    const { id: copy } = await replayed(alone, large.id)
    expect((await (await readRequest(alone, copy)).text()) === body).toBe(true)
    await expectRefusal(await replay(alone, large.id, { model: "mock/other" }), {
      status: 413,
      message: /to be sent to another model$/,
    })
  })

  test("goes to the model that the path named, whatever the body names, also after a fallback", async () => {
    const at = "/openai/deployments/mock/first"
    const messages = [{ role: "user", content: "Hi" }]
    const keep = { "x-bf-async-job-result-ttl": "600" }
    const send = async (path: string, body: object | FormData) => {
      const isForm = body instanceof FormData
      const headers = isForm ? keep : { ...keep, "content-type": "application/json" }
      const sent = isForm ? body : JSON.stringify(body)
      const response = await alone.fetch(at + path, { method: "POST", headers, body: sent })
      expect(response.status).toBe(200)
      return response.headers.get("x-job-id") ?? ""
    }
    const fallen = { messages, fallbacks: ["mock/second"], mock: { status: 401, times: 1 } }
    const calls = [
      await send("/chat/completions", { messages }),
      await send("/chat/completions", { messages, model: "gpt-4o" }),
      await send("/chat/completions", { messages, model: "mock/other" }),
      await send("/chat/completions", fallen),
      await send("/audio/transcriptions", makeForm("mock/other")),
    ]
    const readModel = async (id: string) => ((await (await alone.fetch(`${JOBS}/${id}`)).json()) as Job).model
    expect(await readModel(calls[3] ?? "")).toBe("second")
    for (const id of calls) {
      const { id: again } = await replayed(alone, id)
      const { id: last } = await replayed(alone, again)
      for (const each of [again, last]) {
        const { attempts } = (await (
          await alone.fetch(`${JOBS}/${each}`, { headers: { prefer: "wait=10" } })
        ).json()) as Job
        expect(attempts[0]).toMatchObject({ model: "first" })
      }
    }
  })

  test("of a call that was answered as a stream is a job like any other", async () => {
    const body = JSON.stringify({ model: "mock/echo", messages: [{ role: "user", content: "Hi" }], stream: true })
    const response = await alone.post("/v1/chat/completions", body)
    await response.text()
    const { id } = await replayed(alone, response.headers.get("x-job-id") ?? "")
    expect((await alone.end(chat, id)).result.choices[0].message.content).toContain("Hi")
  })

  test.each([
    ["JSON", JSON.stringify({ messages: [{ role: "user", content: "hi" }] }), "echo", "chat/completions"],
    ["a form", makeForm(), "whisper", "audio/transcriptions"],
  ])("of %s whose model only its path named has that model, over and over", async (_, body, model, path) => {
    if (body instanceof FormData) body.delete("model")
    const headers = { ...KEY_A, ...(body instanceof FormData ? {} : { "content-type": "application/json" }) }
    const request = { method: "POST", headers, body }
    const answer = await shared.fetch(`/openai/deployments/mock%2F${model}/${path}`, request)
    expect(answer.status).toBe(200)
    const [call] = ((await (await shared.fetch(`${JOBS}?limit=1`, { headers: KEY_A })).json()) as Job).data
    const first = await replayed(shared, call.id, undefined, KEY_A)
    const second = await replayed(shared, first.id, undefined, KEY_A)
    for (const { id } of [first, second]) {
      const job = (await (await shared.fetch(`${JOBS}/${id}`, { headers: KEY_A })).json()) as Job
      expect([job.provider, job.model]).toEqual(["mock", model])
    }
  })

  test("is one job for one Idempotency-Key, as far as it repeats the same", async () => {
    const { id } = await alone.run(chat)
    const key = { "idempotency-key": "replay-1" }
    const first = await replayed(alone, id, {}, key)
    const response = await replay(alone, id, {}, key)
    expect(response.headers.get("idempotent-replayed")).toBe("true")
    expect(((await response.json()) as Job).id).toBe(first.id)
    expect((await replay(alone, id, { model: "mock/b" }, key)).status).toBe(422)
    expect((await replay(alone, first.id, {}, key)).status).toBe(422)
  })

  test.each([
    ["[]", 400, /^the body must be a JSON object/],
    ["{", 400, /^the body must be a JSON object/],
    ['{"modle":"mock/b"}', 400, /^unknown member "modle": send model, body or neither$/],
    ['{"model":7}', 400, /^model must be a text/],
    ['{"model":"echo"}', 400, /^model must be in the format 'provider\/model'$/],
    ['{"model":"nobody/echo"}', 400, /nobody/],
    ['{"body":"text"}', 400, /^body must be a JSON object/],
    ['{"body":{"messages":[]}}', 400, /messages/],
  ])("is refused with %s", async (body, status, message) => {
    const { id } = await alone.run(chat)
    await expectRefusal(await alone.post(`${JOBS}/${id}/replay`, body), { status, message })
  })

  test("is refused with a new body where the request is a form, and where there is no job", async () => {
    const id = await submitForm(alone, makeForm())
    await expectRefusal(await replay(alone, id, { body: {} }), { status: 400, message: /^the request is a form/ })
    await expectRefusal(await replay(alone, NO_JOB), { status: 404, message: /^job not found/ })
  })
})

describe("whose the repeated job is", () => {
  const view = async (id: string, headers: Headers = admin) =>
    (await (await shared.fetch(`${JOBS}/${id}`, { headers })).json()) as Job

  test("a virtual key's stays that key's, when the key or the admin repeats it", async () => {
    const { id } = await shared.run(chat, {}, KEY_A)
    const own = await replayed(shared, id, {}, KEY_A)
    const byAdmin = await replayed(shared, id, {}, admin)
    for (const job of [own, byAdmin]) {
      expect((await view(job.id)).owner).toMatchObject({ kind: "virtual_key" })
      expect((await shared.fetch(`${JOBS}/${job.id}`, { headers: KEY_A })).ok).toBe(true)
    }
    expect((await replay(shared, id, {}, { "x-bf-vk": virtualKeys.b })).status).toBe(404)
    expect((await view(id, KEY_A)).owner).toBeUndefined()
  })

  test("its key's models and budget are looked at, also when the admin repeats it", async () => {
    const headers = { "x-bf-vk": virtualKeys.oneModel }
    const models = (await (await shared.fetch("/v1/models", { headers })).json()) as Job
    const { id } = await shared.run(chat, { model: models.data[0].id }, headers)
    const refused = { status: 403, message: /may not use model/ }
    await expectRefusal(await replay(shared, id, { model: "mock/other-model" }, admin), refused)
    const thrifty = { "x-bf-vk": virtualKeys.thrifty }
    const spent = await shared.run(chat, {}, thrifty)
    for (const each of [thrifty, admin]) expect((await replay(shared, spent.id, {}, each)).status).toBe(402)
  })

  test("a job with its caller's own key needs that key again, as that is not kept", async () => {
    const { id } = await shared.run(chat, {}, OWN)
    const missing = { status: 400, message: /^the job was made with its caller's own key for mock, which is not kept/ }
    await expectRefusal(await replay(shared, id, {}, admin), missing)
    await expectRefusal(await replay(shared, id, {}, { ...admin, "x-api-key": "sk-another-key" }), missing)
    await expectRefusal(await replay(shared, id, { model: "up/m" }, { "x-api-key": OWN["x-api-key"] }), {
      status: 400,
      message: /can be repeated with a model of mock only$/,
    })
    const own = await replayed(shared, id, {}, { "x-api-key": OWN["x-api-key"] })
    const byAdmin = await replayed(shared, id, {}, { ...admin, "x-api-key": OWN["x-api-key"] })
    const { owner } = await view(id)
    expect(owner).toEqual({ kind: "caller_key", id: expect.stringMatching(/^[0-9a-f]{12}$/) })
    for (const job of [own, byAdmin]) expect((await view(job.id)).owner).toEqual(owner)
  })

  test("nobody's becomes that of whoever repeats it, and the admin's stays nobody's", async () => {
    const { id } = await shared.run(chat)
    expect((await view((await replayed(shared, id, {}, KEY_A)).id)).owner).toMatchObject({ kind: "virtual_key" })
    expect((await view((await replayed(shared, id, {}, admin)).id)).owner).toBeNull()
    expect((await replay(shared, id, {}, { "x-bf-vk": UNKNOWN_KEY })).status).toBe(400)
    expect((await replay(shared, id, {}, { "x-bf-vk": virtualKeys.inactive })).status).toBe(403)
  })
})
