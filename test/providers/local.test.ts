// Servers and credentials of this machine: real servers on loopback, real files, time that the test moves.
import { afterEach, describe, expect, test } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { ProviderConfig } from "../../src/config/schema.ts"
import type { Env } from "../../src/config/variables.ts"
import { createServers, describeAccess, isGuessed, isServer, isUsualServer } from "../../src/providers/local.ts"
import type { ProviderSettings } from "../../src/providers/provider.ts"
import { resolveProviders } from "../../src/providers/settings.ts"
import { tempDir } from "../cleanup.ts"
import { NOON } from "../factory.ts"
import { Timeline } from "../timeline.ts"
import { type Handler, startUpstream, type Upstream } from "../upstream.ts"

const LIMIT_MS = 1000

const upstreams: Upstream[] = []
afterEach(async () => {
  for (const upstream of upstreams.splice(0)) await upstream.stop()
})

function start(handler: Handler): Upstream {
  const upstream = startUpstream(handler)
  upstreams.push(upstream)
  return upstream
}

const listing = (...data: unknown[]) => start(() => Response.json({ object: "list", data }))
const silent = () => start(() => new Promise<Response>(() => {}))

function settingsOf(name: string, config: ProviderConfig = {}, env: Env = {}): ProviderSettings {
  const { providers, problems } = resolveProviders({ [name]: config }, env)
  const found = providers.find((provider) => provider.name === name)
  if (!found || problems.length > 0) throw new Error(`no ${name}: ${JSON.stringify(problems)}`)
  return found
}

const at = (url: string, over: ProviderConfig = {}) => ({ network_config: { base_url: url }, ...over })

describe("a server", () => {
  test("is asked for its models at its own path, and what it says of them is known", async () => {
    const upstream = listing(
      { id: "llama3.2:latest", object: "model", created: 1_767_268_800, owned_by: "library" },
      { id: "org/Qwen3-8B", max_model_len: 40_960 },
      { id: "" },
      { name: "no id" },
      null,
      { id: "odd", created: "today", max_model_len: -1 },
    )
    const served = await createServers(fetch, new Timeline(NOON)).ask([settingsOf("vllm", at(upstream.url))], LIMIT_MS)
    expect(served.get("vllm")).toEqual([
      { name: "llama3.2:latest", created: 1_767_268_800, contextLength: null },
      { name: "org/Qwen3-8B", created: null, contextLength: 40_960 },
      { name: "odd", created: null, contextLength: null },
    ])
    expect(upstream.received.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /v1/models"])
  })

  test("is asked with a key at the key's own address", async () => {
    const [one, other] = [listing({ id: "a" }), listing({ id: "b" })]
    const keys = [{ value: "k1", vllm_key_config: { url: one.url } }]
    const vllm = settingsOf("vllm", at(other.url, { keys }))
    const served = await createServers(fetch, new Timeline(NOON)).ask([vllm], LIMIT_MS)
    expect(served.get("vllm")?.map(({ name }) => name)).toEqual(["a"])
    expect(one.received[0]?.headers).toMatchObject({ authorization: "Bearer k1" })
    expect(other.received).toEqual([])
  })

  test("is asked again when its answer is a few seconds old, and not before, however many ask", async () => {
    const upstream = listing({ id: "a" })
    const time = new Timeline(NOON)
    const servers = createServers(fetch, time)
    const ask = () => servers.ask([settingsOf("my-server", at(upstream.url))], LIMIT_MS)
    await Promise.all([ask(), ask()])
    time.advance(4999)
    await ask()
    expect(upstream.received).toHaveLength(1)
    upstream.answer(() => Response.json({ data: [{ id: "b" }] }))
    time.advance(1)
    expect((await ask()).get("my-server")?.map(({ name }) => name)).toEqual(["b"])
    await upstream.stop()
    time.advance(5000)
    expect((await ask()).has("my-server")).toBe(false)
    expect(time.pending).toBe(0)
  })

  test("that does not answer holds nobody up: the others' answers are there when the time is over", async () => {
    const [slow, quick] = [silent(), listing({ id: "a" })]
    const time = new Timeline(NOON)
    const servers = createServers(fetch, time)
    const provider = settingsOf("vllm", at(quick.url))
    const answer = servers.ask([settingsOf("sgl", at(slow.url)), provider], 150)
    const { signal } = await slow.request(0)
    const closed = new Promise((resolve) => signal.addEventListener("abort", resolve))
    await servers.ask([provider], 150)
    time.advance(150)
    expect([...(await answer).keys()]).toEqual(["vllm"])
    // It is given up in the end.
    time.advance(2000)
    await closed
  })

  test.each<[string, Handler]>([
    ["an error", () => new Response("no such path", { status: 404 })],
    ["something else than JSON", () => new Response("<html>")],
    ["something else than a list", () => Response.json({ models: [] })],
  ])("that answers with %s is there, and lists nothing", async (_, handler) => {
    const servers = createServers(fetch, new Timeline(NOON))
    const served = await servers.ask([settingsOf("my-server", at(start(handler).url))], LIMIT_MS)
    expect([...served]).toEqual([["my-server", null]])
  })

  test("that redirects is not followed", async () => {
    const target = listing({ id: "a" })
    const upstream = start(() => Response.redirect(`${target.url}/v1/models`))
    const servers = createServers(fetch, new Timeline(NOON))
    expect((await servers.ask([settingsOf("vllm", at(upstream.url))], LIMIT_MS)).get("vllm")).toBeNull()
    expect(target.received).toEqual([])
  })

  test("on this machine that wants a key is asked with it and with the configured headers", async () => {
    const upstream = listing({ id: "a" })
    const provider = settingsOf("vllm", {
      network_config: { base_url: upstream.url, extra_headers: { "x-team": "search" } },
      keys: [{ value: "sk-local" }],
    })
    await createServers(fetch, new Timeline(NOON)).ask([provider], LIMIT_MS)
    expect(upstream.received[0]?.headers).toMatchObject({ authorization: "Bearer sk-local", "x-team": "search" })
  })
})

describe("no other provider is asked:", () => {
  const everyKey = new Proxy({}, { get: () => "sk-any" }) as Env

  test("of the built-in ones those whose usual address is on this machine, and only they", () => {
    for (const env of [{}, everyKey]) {
      const { providers } = resolveProviders({}, env)
      const asked = providers.filter(isServer)
      expect(asked.map(({ name }) => name)).toEqual(["ollama", "lmstudio", "vllm", "sgl"])
      expect(asked.filter(isUsualServer)).toEqual(asked)
      expect(asked.filter(isGuessed)).toEqual(asked)
      expect(asked.filter(({ baseUrl }) => !baseUrl.startsWith("http://127.0.0.1:"))).toEqual([])
    }
  })

  test.each<[string, string, ProviderConfig, boolean]>([
    ["one of one's own on this machine", "mine", at("http://localhost:9"), true],
    ["one of one's own on this machine, with a key", "mine", at("http://[::1]:9", { keys: [{ value: "k" }] }), true],
    ["one in one's own network", "mine", at("http://10.0.0.7:9"), true],
    [
      "one in one's own network, with a key that would go out in the clear",
      "mine",
      at("http://10.0.0.7", { keys: [{ value: "k" }] }),
      false,
    ],
    ["one on the internet", "mine", at("https://example.com"), false],
    ["one on the internet, with a key", "mine", at("https://example.com", { keys: [{ value: "k" }] }), false],
    ["one that wants a key, at an address of one's own", "openai", at("http://127.0.0.1:9"), false],
    [
      "one in a form of its own",
      "mine",
      at("http://127.0.0.1:9", { custom_provider_config: { base_provider_type: "vertex" } }),
      false,
    ],
  ])("%s", (_, name, config, isAsked) => {
    const provider = settingsOf(name, config)
    expect([isServer(provider), isUsualServer(provider), isGuessed(provider)]).toEqual([isAsked, false, false])
  })

  test("one that was configured is not guessed any more", () => {
    const provider = settingsOf("llamacpp", at("http://127.0.0.1:9"))
    expect([isUsualServer(provider), isGuessed(provider)]).toEqual([true, false])
  })
})

describe("what authorises a provider's calls", () => {
  function fileOf(text: string): string {
    const dir = tempDir()
    const path = join(dir, "credentials")
    writeFileSync(path, text)
    return path
  }

  test.each<[string, ProviderConfig, Env, string | null]>([
    ["openai", {}, { OPENAI_API_KEY: "k" }, "OPENAI_API_KEY"],
    ["openai", { keys: [{ value: "k" }] }, {}, "config.json"],
    ["openai", {}, {}, null],
    ["ollama", {}, {}, "no key needed"],
    ["mock", {}, {}, "built in"],
    ["bedrock", {}, { AWS_BEARER_TOKEN_BEDROCK: "k", AWS_REGION: "us-east-1" }, "AWS_BEARER_TOKEN_BEDROCK"],
    ["bedrock", {}, { AWS_BEARER_TOKEN_BEDROCK: "k" }, null],
    ["bedrock", { options: { region: "us-east-1" } }, { AWS_EC2_METADATA_DISABLED: "true" }, null],
    ["bedrock", { options: { region: "us-east-1", metadataUrl: "http://127.0.0.1:9" } }, {}, "this machine's role"],
    ["bedrock", {}, { AWS_REGION: "eu-west-1", AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/x" }, "this container's role"],
    [
      "bedrock",
      {},
      { AWS_REGION: "eu-west-1", AWS_SHARED_CREDENTIALS_FILE: "/not/there", AWS_EC2_METADATA_DISABLED: "true" },
      null,
    ],
    ["vertex", {}, { GOOGLE_VERTEX_API_KEY: "k" }, "GOOGLE_VERTEX_API_KEY"],
    ["vertex", {}, { GOOGLE_APPLICATION_CREDENTIALS: "/not/there" }, null],
    ["vertex", { options: { project: "p" } }, { GCE_METADATA_HOST: "127.0.0.1:9" }, "this machine's account"],
    ["vertex", {}, { GCE_METADATA_HOST: "127.0.0.1:9" }, null],
  ])("%s with %j and %j: %p", (name, config, env, source) => {
    expect(describeAccess(settingsOf(name, config, env))).toBe(source)
  })

  test("may be a file of the machine, where the rest that a call needs is known too", () => {
    const aws = fileOf("[default]\naws_access_key_id = A\n")
    const amazon = { AWS_SHARED_CREDENTIALS_FILE: aws }
    expect(describeAccess(settingsOf("bedrock", {}, amazon))).toBeNull()
    expect(describeAccess(settingsOf("bedrock", {}, { ...amazon, AWS_REGION: "us-east-1" }))).toBe(aws)
    const account = fileOf('{"type":"service_account","project_id":"p"}')
    expect(describeAccess(settingsOf("vertex", {}, { GOOGLE_APPLICATION_CREDENTIALS: account }))).toBe(account)
    const login = fileOf('{"type":"authorized_user"}')
    const google = { GOOGLE_APPLICATION_CREDENTIALS: login }
    expect(describeAccess(settingsOf("vertex", {}, google))).toBeNull()
    expect(describeAccess(settingsOf("vertex", {}, { ...google, GOOGLE_CLOUD_PROJECT: "p" }))).toBe(login)
  })
})
