// OpenAI's paths beside those of the request types, as clients of OpenAI and Azure ask for them: what is served, and what is said where
// nothing is.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import OpenAI, { AzureOpenAI, toFile } from "openai"
import { endpoints } from "../../src/endpoints/endpoints.ts"
import { launch } from "../harness.ts"
import { completion, type Received, startUpstream } from "../upstream.ts"
import { openAiAt, streams, whole } from "./events.ts"

setDefaultTimeout(240_000)

const upstream = startUpstream()
const config = {
  client: { allowed_origins: ["https://app.example.com"] },
  providers: {
    up: openAiAt(upstream.url),
    azure: { keys: [{ name: "a", value: "azure-secret", azure_key_config: { endpoint: upstream.url } }] },
    openai: { network_config: { base_url: upstream.url } },
  },
}
const gateway = await launch({ config })
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the wire says
type Any = any

const messages: [{ role: "user"; content: string }] = [{ role: "user", content: "Hello" }]
const lastSent = () => upstream.received.at(-1) as Received
const json = { "content-type": "application/json" }

function post(path: string, body: string | FormData, headers: Record<string, string> = json): Promise<Response> {
  return gateway.fetch(path, { method: "POST", body, headers })
}

/** The error of a refusal, once it is known to be in OpenAI's form. */
async function readError(response: Response): Promise<Any> {
  expect(response.headers.get("content-type")).toBe("application/json")
  expect(response.headers.get("x-request-id")).toBeTruthy()
  const body = (await response.json()) as Any
  expect(Object.keys(body)).toEqual(["error"])
  expect(Object.keys(body.error)).toEqual(["message", "type", "param", "code"])
  return body.error
}

describe.each([
  ["/openai", "the host with the prefix"],
  ["", "the host alone"],
])("Azure's client at %p, %s", (prefix) => {
  const options = { endpoint: gateway.url + prefix, apiKey: "none", apiVersion: "2024-10-21" }
  const named = new AzureOpenAI({ ...options, deployment: "up/m" })

  test("is answered and streamed by the deployment in its path, whatever model its body names", async () => {
    upstream.answer(() => completion("Hello"))
    const answer = await named.chat.completions.create({ model: "gpt-4o", messages })
    expect(answer.choices[0]?.message.content).toBe("Hello")
    expect(JSON.parse(lastSent().body).model).toBe("m")
    upstream.answer(streams(...whole))
    const stream = await named.chat.completions.create({ model: "gpt-4o", messages, stream: true })
    const pieces = await Array.fromAsync(stream)
    expect(pieces.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Hello")
  })

  test("names the deployment by the model where it has none, and one without a provider is Azure's", async () => {
    upstream.answer(() => completion("Hello"))
    const client = new AzureOpenAI(options)
    await client.chat.completions.create({ model: "up/n", messages })
    expect(JSON.parse(lastSent().body).model).toBe("n")
    await client.chat.completions.create({ model: "my-gpt", messages })
    expect(JSON.parse(lastSent().body).model).toBe("my-gpt")
    expect(lastSent().headers["api-key"]).toBe("azure-secret")
  })

  test("sends forms, is given vectors, and lists models", async () => {
    upstream.answer(() => Response.json({ text: "Hello" }))
    const file = await toFile(Buffer.from("sound"), "a.wav")
    expect((await named.audio.transcriptions.create({ model: "whisper-1", file })).text).toBe("Hello")
    expect(lastSent().body).toMatch(/name="model"\r\n\r\nm\r\n/)
    upstream.answer(() => Response.json({ object: "list", data: [{ index: 0, embedding: [1, 2] }] }))
    const request = { model: "m", input: "x", encoding_format: "float" as const }
    expect((await named.embeddings.create(request)).data[0]?.embedding).toEqual([1, 2])
    expect((await Array.fromAsync(await named.models.list())).length).toBeGreaterThan(0)
  })
})

describe("a deployment in the path", () => {
  const at = (name: string, path: string) => `/openai/openai/deployments/${name}${path}?api-version=2024-10-21`

  test.each(["up/m", "up%2Fm"])("%s serves every request type at its path", async (name) => {
    upstream.answer(() => completion("Hello"))
    for (const { path, forms } of endpoints) {
      const [form = "json"] = forms
      // Without what the type requires, which is asked for first.
      const response = await post(at(name, path), form === "json" ? "{}" : new FormData(), form === "json" ? json : {})
      expect({ path, status: response.status }).toEqual({ path, status: 400 })
    }
    expect((await post(at(name, "/chat/completions"), JSON.stringify({ messages }))).status).toBe(200)
    expect(JSON.parse(lastSent().body)).toEqual({ messages, model: "m" })
  })

  test("is the model of bodies that name none: JSON small and large, and forms", async () => {
    upstream.answer(() => completion("Hello"))
    const large = [{ role: "user", content: "x".repeat(1_200_000) }]
    expect((await post(at("up/m", "/chat/completions"), JSON.stringify({ messages: large }))).status).toBe(200)
    expect(JSON.parse(lastSent().body)).toEqual({ messages: large, model: "m" })
    upstream.answer(() => Response.json({ text: "Hello" }))
    const form = new FormData()
    form.set("fallbacks", JSON.stringify(["up/n"]))
    form.set("file", new File(["sound"], "a.wav"))
    expect((await post(at("up/m", "/audio/transcriptions"), form, {})).status).toBe(200)
    const sent = await new Response(lastSent().body, {
      headers: { "content-type": lastSent().headers["content-type"] as string },
    }).formData()
    expect(sent.get("model")).toBe("m")
    expect(sent.has("fallbacks")).toBe(false)
    expect(await (sent.get("file") as File).text()).toBe("sound")
  })

  test("tells requests with the same Idempotency-Key and body apart", async () => {
    upstream.answer(() => completion("Hello"))
    const body = JSON.stringify({ messages })
    const headers = { ...json, "idempotency-key": "one" }
    expect((await post(at("up/m", "/chat/completions"), body, headers)).status).toBe(200)
    expect((await post(at("up/m", "/chat/completions"), body, headers)).status).toBe(200)
    const other = await post(at("up/n", "/chat/completions"), body, headers)
    expect(other.status).toBe(422)
    expect((await readError(other)).code).toBe("idempotency_mismatch")
  })

  test("is found behind the slashes that a base URL ends with", async () => {
    upstream.answer(() => completion("Hello"))
    for (const path of [
      "/openai//openai/deployments/up/m/chat/completions",
      "//openai/deployments/up/m/chat/completions",
    ])
      expect((await post(path, JSON.stringify({ messages }))).status).toBe(200)
    expect((await post("/openai//v1//chat/completions", JSON.stringify({ messages, model: "up/m" }))).status).toBe(200)
  })

  test("must have a name", async () => {
    const path = "/openai/openai/deployments//chat/completions"
    expect((await post(path, JSON.stringify({ messages }))).status).toBe(404)
  })

  test("of an unknown provider is refused as a model is", async () => {
    const error = await readError(await post(at("nobody/m", "/chat/completions"), JSON.stringify({ messages })))
    expect(error).toMatchObject({ param: "model", code: "unknown_provider" })
  })
})

describe("what OpenAI's client can ask for and is not served", () => {
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "none", maxRetries: 0 })
  const file = new File(["x"], "x.txt")
  const asks: [name: string, ask: () => PromiseLike<unknown>, says: RegExp][] = [
    ["a compaction", () => client.responses.compact({ model: "up/m" as Any, input: "x" }), /not compacted/],
    ["a completion", () => client.chat.completions.retrieve("chatcmpl-1"), /x-job-id/],
    ["uploads", () => client.uploads.cancel("u"), /512 MB at once/],
    ["assistants", () => client.beta.assistants.create({ model: "up/m" }), /whole conversation/],
    ["threads", () => client.beta.threads.create({}), /whole conversation/],
    ["moderations", () => client.moderations.create({ input: "x" }), /ask the provider/],
    ["realtime", () => client.realtime.clientSecrets.create({}), /stream: true/],
    ["translations", () => client.audio.translations.create({ file, model: "up/m" as Any }), /transcriptions/],
    ["fine-tuning", () => client.fineTuning.jobs.list(), /ask the provider/],
    ["vector stores", () => client.vectorStores.create({}), /ask the provider/],
    ["containers", () => client.containers.list(), /ask the provider/],
    ["evals", () => client.evals.list(), /ask the provider/],
    ["videos", () => client.videos.list(), /ask the provider/],
    ["skills", () => client.skills.list(), /ask the provider/],
  ]
  test.each(asks)("%s: 404 that says what there is instead", async (_, ask, says) => {
    const error = (await Promise.resolve(ask()).catch((refusal: unknown) => refusal)) as Any
    expect(error).toBeInstanceOf(OpenAI.NotFoundError)
    expect(error.code).toBe("route_not_found")
    expect(error.message).toMatch(says)
  })

  test.each(["/v1", "/openai", "/openai/v1", "/openai/openai", "/litellm", "/langchain/v1", "/pydanticai"])(
    "below %s has OpenAI's form: 404 for another path, 405 with Allow for another method",
    async (base) => {
      for (const path of ["", "/nothing", "/uploads", "/deployments/m/nothing"]) {
        const unknown = await gateway.fetch(`${base}${path}`)
        expect({ path, status: unknown.status }).toEqual({ path, status: 404 })
        expect((await readError(unknown)).code).toBe("route_not_found")
      }
      expect((await readError(await gateway.fetch(`${base}/videos`))).message).toMatch(/ask the provider/)
      const wrong = await gateway.fetch(`${base}/chat/completions`)
      expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"])
      expect((await readError(wrong)).message).toBe(`${base}/chat/completions does not support GET: use POST`)
      const remove = await gateway.fetch(`${base}/models/up%2Fm`, { method: "DELETE" })
      expect([remove.status, remove.headers.get("allow")]).toEqual([405, "GET"])
      expect((await readError(remove)).code).toBe("method_not_allowed")
    },
  )
})

test("a request without a content type is told to send one", async () => {
  const response = await gateway.fetch("/v1/audio/transcriptions", { method: "POST" })
  expect(response.status).toBe(415)
  const { message, code } = await readError(response)
  expect([message, code]).toEqual([
    "there is no content-type: send content-type: multipart/form-data",
    "unsupported_media_type",
  ])
})

test("a key that is not there is refused by the header that asks for it", async () => {
  const body = JSON.stringify({ model: "azure/m", messages })
  const response = await post("/v1/chat/completions", body, { ...json, "x-bf-api-key-id": "nobody" })
  expect(response.status).toBe(400)
  expect(await readError(response)).toMatchObject({ code: "no_keys", param: "x-bf-api-key" })
})

test("a page that is let in reads the job, and that its client must not repeat what has failed", async () => {
  const headers = { ...json, origin: "https://app.example.com" }
  const response = await post("/v1/chat/completions", "{}", headers)
  const exposed = response.headers.get("access-control-expose-headers")?.split(", ")
  expect(exposed).toEqual(
    expect.arrayContaining(["x-job-id", "x-should-retry", "x-request-id", "openai-processing-ms"]),
  )
})

test("where Azure's clients are served, api-key carries the caller's own key, and its job is collected with it", async () => {
  upstream.answer(() => completion("Hello"))
  const path = "/openai/deployments/openai%2Fgpt-4o/chat/completions"
  const own = { ...json, "api-key": "sk-own" }
  expect((await post(path, JSON.stringify({ messages }), own)).status).toBe(200)
  expect(lastSent().headers["authorization"]).toBe("Bearer sk-own")
  const submitted = await post(path, JSON.stringify({ messages }), { ...own, "x-bf-async": "1" })
  const id = submitted.headers.get("x-job-id") as string
  expect((await post(path, "{}", { ...own, "x-bf-async-id": id })).status).toBe(200)
  for (const headers of [json, { ...json, "api-key": "sk-other" }])
    expect((await post(path, "{}", { ...headers, "x-bf-async-id": id })).status).toBe(404)
  const virtual = await post(path, JSON.stringify({ messages }), { ...json, "api-key": "sk-bf-nobody" })
  expect((await readError(virtual)).code).toBe("virtual_key_not_found")
})
