// The real program with config.json as users of Bifrost write it, against servers on loopback that play the clouds.
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test"
import { createHash, createHmac, generateKeyPairSync, verify } from "node:crypto"
import { newDir, removeDir } from "../cleanup.ts"
import { CHAT, chat, type Gateway, type Job, type LaunchOptions, launch } from "../harness.ts"
import { completion, type Received, startUpstream, type Upstream } from "../upstream.ts"

// Each test starts a whole program, and the first native call loads its package.
setDefaultTimeout(240_000)

let upstream: Upstream
let gateway: Gateway | undefined
beforeEach(() => {
  upstream = startUpstream()
})
afterEach(async () => {
  await gateway?.dispose()
  gateway = undefined
  await upstream.stop()
})

async function start(providers: Record<string, unknown>, options: LaunchOptions = {}): Promise<Gateway> {
  gateway = await launch({ ...options, config: { providers, ...(options.config as object) } })
  return gateway
}

const network = { retry_backoff_initial: 1, retry_backoff_max: 5, max_retries: 0 }
/** The end of a chat job for this model. */
async function ask(model: string, headers: Record<string, string> = {}) {
  if (gateway === undefined) throw new Error("no gateway")
  const id = await gateway.accept(chat({ model }), headers)
  return await gateway.end(id)
}

describe("a key of Azure's", () => {
  const azure = (azure_key_config: Record<string, unknown>, over: Record<string, unknown> = {}) => ({
    azure: { keys: [{ name: "a", value: "env.AZURE_KEY", ...over, azure_key_config }], network_config: network },
  })
  const env = { AZURE_KEY: "azure-secret" }

  test("goes to its endpoint, to the deployment that the model stands for", async () => {
    await start(azure({ endpoint: upstream.url, deployments: { "gpt-4o": "prod-4o" } }), { env })
    const job = await ask("azure/gpt-4o")
    expect(job).toMatchObject({ status: "completed" })
    expect(job.result.extra_fields).toMatchObject({ model_requested: "gpt-4o", resolved_model_used: "prod-4o" })
    const [sent] = upstream.received
    expect(sent).toMatchObject({
      path: "/openai/v1/chat/completions",
      search: "",
      headers: { "api-key": "azure-secret" },
    })
    expect(JSON.parse(sent?.body ?? "")).toMatchObject({ model: "prod-4o" })
    await ask("azure/another")
    expect(JSON.parse(upstream.received[1]?.body ?? "")).toMatchObject({ model: "another" })
  })

  test("with a dated version has the deployment in the path, forms too", async () => {
    const config = {
      endpoint: `${upstream.url}/`,
      api_version: "2024-10-21",
      deployments: { "gpt-4o": "prod 4o", whisper: "ear" },
    }
    const { fetch } = await start(azure(config), { env })
    await ask("azure/gpt-4o")
    upstream.answer(() => Response.json({ text: "hello" }))
    const form = new FormData()
    form.set("model", "azure/whisper")
    form.set("file", new File(["sound"], "a.mp3"))
    const response = await fetch("/v1/async/audio/transcriptions", {
      method: "POST",
      body: form,
      headers: { prefer: "wait=20" },
    })
    expect(await response.json()).toMatchObject({ status: "completed", result: { text: "hello" } })
    expect(upstream.received.map(({ path, search }) => path + search)).toEqual([
      "/openai/deployments/prod%204o/chat/completions?api-version=2024-10-21",
      "/openai/deployments/ear/audio/transcriptions?api-version=2024-10-21",
    ])
    expect(upstream.received[1]?.body).toMatch(/name="model"\r\n\r\near\r\n/)
  })

  test("that is an identity's sends the token that one request got for all calls", async () => {
    let tokens = 0
    upstream.answer(({ path }) =>
      path.endsWith("/oauth2/v2.0/token")
        ? Response.json({ access_token: `token-${++tokens}`, expires_in: 3600 })
        : completion(),
    )
    const config = { endpoint: upstream.url, client_id: "c", client_secret: "env.SECRET", tenant_id: "t" }
    const { accept, end, log } = await start(azure(config, { value: "" }), {
      env: { SECRET: "client-secret", AZURE_AUTHORITY_HOST: upstream.url },
    })
    const ids = await Promise.all(Array.from({ length: 8 }, () => accept(chat({ model: "azure/gpt-4o" }))))
    for (const id of ids) expect((await end(id)).status).toBe("completed")
    const asked = upstream.received.filter(({ path }) => path === "/t/oauth2/v2.0/token")
    const calls = upstream.received.filter(({ path }) => path.startsWith("/openai/"))
    // Each thread asks once.
    expect(asked.length).toBeLessThanOrEqual(4)
    expect(calls).toHaveLength(8)
    for (const { headers } of calls) {
      expect(headers["authorization"]).toMatch(/^Bearer token-\d$/)
      expect(headers).not.toHaveProperty("api-key")
    }
    expect(log()).not.toContain("client-secret")
  })

  test("whose identity is refused fails with the reason and without the secret", async () => {
    upstream.answer(() =>
      Response.json(
        { error: "invalid_client", error_description: "AADSTS7000215: not client-secret" },
        { status: 401 },
      ),
    )
    const config = { endpoint: upstream.url, client_id: "c", client_secret: "client-secret", tenant_id: "t" }
    const { log } = await start(azure(config), { env: { ...env, AZURE_AUTHORITY_HOST: upstream.url } })
    const job = await ask("azure/gpt-4o")
    expect(job).toMatchObject({ status: "failed", status_code: 502 })
    expect(JSON.stringify(job)).toContain("AADSTS7000215")
    expect(JSON.stringify(job) + log()).not.toContain("client-secret")
  })
})

/** Whether the request is signed with this secret: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function isSigned({ method, path, headers, body }: Received, secret: string): boolean {
  const [, day = "", region = "", service = "", names = "", signature = ""] =
    /Credential=[^/]+\/(\d+)\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)/.exec(
      headers["authorization"] ?? "",
    ) ?? []
  const hash = (text: string) => createHash("sha256").update(text).digest("hex")
  const mac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest()
  const signed = names
    .split(";")
    .map((name) => `${name}:${headers[name]?.trim()}\n`)
    .join("")
  const encoded = path
    .split("/")
    .map((part) => encodeURIComponent(part))
    .join("/")
  const request = [method, encoded, "", signed, names, headers["x-amz-content-sha256"] ?? hash(body)].join("\n")
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hash(request)].join("\n")
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(mac, `AWS4${secret}`)
  return createHmac("sha256", key).update(text).digest("hex") === signature
}

describe("a key of Bedrock's", () => {
  const reply = () =>
    Response.json({
      output: { message: { role: "assistant", content: [{ text: "Hi" }] } },
      stopReason: "end_turn",
      usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
    })
  const bedrock = (bedrock_key_config: Record<string, unknown>, over: Record<string, unknown> = {}) => ({
    bedrock: {
      keys: [{ name: "b", value: "", bedrock_key_config, ...over }],
      network_config: { ...network, base_url: upstream.url },
    },
  })
  const secret = "wJalrXUtnFEMI/K7MDENG"
  const pair = { access_key: "env.ID", secret_key: "env.SECRET", region: "eu-central-1" }

  test("signs with its access key, for its region and the profile that the model stands for", async () => {
    upstream.answer(reply)
    const deployments = { claude: "eu.anthropic.claude-v2" }
    const arn = "arn:aws:bedrock:eu-central-1:1:inference-profile"
    await start(bedrock({ ...pair, arn, deployments }), { env: { ID: "AKIAIOSFODNN7EXAMPLE", SECRET: secret } })
    expect(await ask("bedrock/claude")).toMatchObject({ status: "completed" })
    const [sent] = upstream.received
    expect(decodeURIComponent(sent?.path ?? "")).toBe(`/model/${arn}/eu.anthropic.claude-v2/converse`)
    expect(sent?.headers["authorization"]).toContain("/eu-central-1/bedrock/aws4_request")
    expect(sent && isSigned(sent, secret)).toBe(true)
    expect(sent && isSigned(sent, "another")).toBe(false)
  })

  test("without one signs with the environment's, or with what the machine gives", async () => {
    upstream.answer(reply)
    await start(bedrock({ region: "eu-central-1" }), {
      env: { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: secret },
    })
    await ask("bedrock/anthropic.claude-v2")
    expect(upstream.received[0] && isSigned(upstream.received[0], secret)).toBe(true)
    await gateway?.dispose()
    upstream.answer(({ path }) =>
      path === "/role"
        ? Response.json({
            AccessKeyId: "ASIA1234567890123456",
            SecretAccessKey: "s",
            Token: "t",
            Expiration: "2099-01-01T00:00:00Z",
          })
        : reply(),
    )
    await start(bedrock({ region: "eu-central-1" }), {
      env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${upstream.url}/role` },
    })
    expect(await ask("bedrock/anthropic.claude-v2")).toMatchObject({ status: "completed" })
    const last = upstream.received.at(-1)
    expect(last?.headers["x-amz-security-token"]).toBe("t")
    expect(last && isSigned(last, "s")).toBe(true)
  })

  test("that takes on a role signs with what the role gives", async () => {
    const credentials =
      "<Credentials><AccessKeyId>ASIA1234567890123456</AccessKeyId><SecretAccessKey>s2</SecretAccessKey><SessionToken>t2</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
    upstream.answer(({ path }) => (path === "/sts" ? new Response(credentials) : reply()))
    await start(bedrock({ ...pair, role_arn: "arn:aws:iam::1:role/r" }), {
      env: { ID: "AKIAIOSFODNN7EXAMPLE", SECRET: secret, AWS_ENDPOINT_URL_STS: `${upstream.url}/sts` },
    })
    expect(await ask("bedrock/anthropic.claude-v2")).toMatchObject({ status: "completed" })
    const [first, second] = upstream.received
    expect(first && isSigned(first, secret)).toBe(true)
    expect(second && isSigned(second, "s2")).toBe(true)
  })
})

test("a key of Vertex AI's exchanges its service account for a token, and goes to its project and region", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const account = {
    ...{ type: "service_account", project_id: "of-the-account", client_email: "me@x.iam" },
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  }
  upstream.answer(({ path }) =>
    path === "/token"
      ? Response.json({ access_token: "ya29.token", expires_in: 3600 })
      : Response.json({ candidates: [{ content: { role: "model", parts: [{ text: "Hi" }] }, finishReason: "STOP" }] }),
  )
  const vertex_key_config = { project_id: "my-project", region: "europe-west1", auth_credentials: "env.ACCOUNT" }
  await start(
    {
      vertex: {
        keys: [{ name: "v", vertex_key_config, weight: 1, aliases: { flash: "gemini-2.5-flash" } }],
        options: { tokenUrl: `${upstream.url}/token` },
        network_config: { ...network, base_url: upstream.url },
      },
    },
    { env: { ACCOUNT: JSON.stringify(account, null, 2) } },
  )
  expect(await ask("vertex/flash")).toMatchObject({ status: "completed" })
  const [token, call] = upstream.received
  const [head, body, signature] = (new URLSearchParams(token?.body).get("assertion") ?? "").split(".")
  expect(verify("sha256", Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature ?? "", "base64url"))).toBe(
    true,
  )
  expect(call?.path).toBe(
    "/v1beta1/projects/my-project/locations/europe-west1/publishers/google/models/gemini-2.5-flash:generateContent",
  )
  expect(call?.headers["authorization"]).toBe("Bearer ya29.token")
})

describe("a blocked model", () => {
  const up = (keys: Record<string, unknown>[]) => ({
    up: { keys, network_config: { ...network, base_url: upstream.url } },
  })
  const aliases = { fast: "gpt-4o", ok: { model_id: "gpt-4o-mini", model_name: "gpt-4o-mini" } }
  const key = { name: "main", value: "sk-main", blacklisted_models: ["gpt-4o"], aliases }

  test.each(["gpt-4o", "GPT-4O", "fast", "openai/gpt-4o", " gpt-4o", "x/../gpt-4o", "gpt-4o:free", "gpt%2D4o"])(
    "is refused as %j, whether it is asked for, pinned or a fallback",
    async (model) => {
      const { submit } = await start(up([key]))
      const fallbacks = [`up/${model}`]
      const responses = [
        await submit(chat({ model: `up/${model}` })),
        await submit(chat({ model: `up/${model}` }), { "x-bf-api-key": "main" }),
        await submit(chat({ model: "up/ok", fallbacks })),
      ]
      expect(responses.map(({ status }) => status)).toEqual([400, 400, 400])
      for (const response of responses)
        expect(((await response.json()) as Job).error.message).toContain("no keys found")
      expect(upstream.received).toHaveLength(0)
    },
  )

  test("goes out with another key, and with that alone", async () => {
    await start(up([key, { name: "other", value: "sk-other" }]))
    for (let time = 0; time < 6; time++) expect(await ask("up/gpt-4o")).toMatchObject({ status: "completed" })
    expect(new Set(upstream.received.map(({ headers }) => headers["authorization"]))).toEqual(
      new Set(["Bearer sk-other"]),
    )
    await ask("up/ok")
    expect(JSON.parse(upstream.received.at(-1)?.body ?? "")).toMatchObject({
      model: expect.stringMatching(/^(gpt-4o-mini|ok)$/),
    })
  })

  test("of a job that was accepted before it was blocked is not called any more", async () => {
    const dir = newDir()
    try {
      upstream.answer(() => new Promise(() => {}))
      const before = await start(up([{ ...key, blacklisted_models: [] }]), { dir })
      const pinned = await before.accept(chat({ model: "up/gpt-4o" }), { "x-bf-api-key": "main" })
      const free = await before.accept(chat({ model: "up/fast" }))
      await upstream.request(1)
      await before.stop("SIGKILL")
      upstream.answer(() => completion())
      const { fetch, accept, end } = await start(up([key]), { dir })
      // One that may go out has gone out, so that the others had their turn too.
      await end(await accept(chat({ model: "up/ok" })))
      for (const id of [pinned, free]) await fetch(`${CHAT}/${id}/cancel`, { method: "POST" })
      expect(upstream.received.slice(2).map(({ body }) => JSON.parse(body).model)).toEqual(["gpt-4o-mini"])
    } finally {
      await gateway?.dispose()
      removeDir(dir)
    }
  })
})

test("a virtual key goes out with the provider's keys that it is given, also when it pins another or falls back", async () => {
  const provider = (name: string) => ({
    keys: [
      { id: `${name}-a`, value: `sk-${name}-a` },
      { id: `${name}-b`, value: `sk-${name}-b` },
    ],
    network_config: { ...network, base_url: upstream.url },
  })
  const provider_configs = [
    { provider: "up", allowed_models: ["*"], key_ids: ["up-b"], weight: 1 },
    { provider: "down", key_ids: ["down-b"] },
  ]
  const governance = { virtual_keys: [{ id: "vk", name: "vk", value: "sk-bf-vk", provider_configs }] }
  const { submit } = await start({ up: provider("up"), down: provider("down") }, { config: { governance } })
  const headers = { "x-bf-vk": "sk-bf-vk" }
  const end = async (body: Record<string, unknown>) => {
    const response = await submit(chat(body), { ...headers, prefer: "wait=20" })
    return (await response.json()) as { status: string }
  }
  for (let time = 0; time < 4; time++) expect(await end({ model: "up/m" })).toMatchObject({ status: "completed" })
  expect((await submit(chat({ model: "up/m" }), { ...headers, "x-bf-api-key-id": "up-a" })).status).toBe(400)
  upstream.answer(({ headers: sent }) =>
    sent["authorization"]?.includes("up-") ? new Response("", { status: 401 }) : completion(),
  )
  for (let time = 0; time < 4; time++)
    expect(await end({ model: "up/m", fallbacks: ["down/m"] })).toMatchObject({ status: "completed" })
  expect(new Set(upstream.received.map(({ headers: sent }) => sent["authorization"]))).toEqual(
    new Set(["Bearer sk-up-b", "Bearer sk-down-b"]),
  )
})

test("a custom provider is asked at the paths that its file says", async () => {
  const custom_provider_config = {
    base_provider_type: "openai",
    allowed_requests: { chat_completion: true, embedding: true },
    request_path_overrides: { chat_completion: "/api/v3/chat?tenant=1", embedding: `${upstream.url}/elsewhere` },
  }
  const { fetch } = await start({
    mine: {
      custom_provider_config,
      keys: [{ value: "k" }],
      network_config: { ...network, base_url: `${upstream.url}/root/` },
    },
  })
  expect(await ask("mine/m")).toMatchObject({ status: "completed" })
  upstream.answer(() =>
    Response.json({ object: "list", data: [{ object: "embedding", index: 0, embedding: [1] }], model: "m" }),
  )
  const post = (path: string, body: unknown) =>
    fetch(path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", prefer: "wait=20" },
    })
  await post("/v1/async/embeddings", { model: "mine/m", input: "a" })
  expect(upstream.received.map(({ path, search }) => path + search)).toEqual([
    "/root/api/v3/chat?tenant=1",
    "/elsewhere",
  ])
  const refused = await post("/v1/async/responses", { model: "mine/m", input: "a" })
  expect(refused.status).toBe(400)
  expect(((await refused.json()) as Job).error.message).toContain("responses is not supported by mine provider")
})
