// The real program with the environment of the official SDKs, against a server on loopback that plays the provider or a proxy.
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test"
import { chat, type Gateway, type LaunchOptions, launch } from "../harness.ts"
import { startUpstream, type Upstream } from "../upstream.ts"

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

async function start(options: LaunchOptions): Promise<Gateway> {
  gateway = await launch(options)
  return gateway
}

async function messageOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error: { message: string } }
  return error.message
}

test("a key goes to the address beside it, and the banner names the variable that gave it", async () => {
  const env = { GROQ_BASE_URL: upstream.url, GROQ_API_KEY: "gsk-proxy", COHERE_API_KEY: "k" }
  const { accept, end, facts } = await start({ env })
  expect(facts.providers).toContainEqual({ name: "groq", key: "GROQ_API_KEY" })
  expect(facts.providers).toContainEqual({ name: "cohere", key: "COHERE_API_KEY" })
  expect(await end(await accept(chat({ model: "groq/llama" })))).toMatchObject({ status: "completed" })
  expect(upstream.received).toMatchObject([
    { path: "/openai/v1/chat/completions", headers: { authorization: "Bearer gsk-proxy" } },
  ])
})

test("Azure is called with the variables of its SDK, at the deployment that the model names", async () => {
  const env = {
    AZURE_OPENAI_ENDPOINT: `${upstream.url}/`,
    AZURE_OPENAI_API_KEY: "azure-key",
    OPENAI_API_VERSION: "2024-10-21",
  }
  const { accept, end, facts } = await start({ env })
  expect(facts.providers).toContainEqual({ name: "azure", key: "AZURE_OPENAI_API_KEY" })
  expect(await end(await accept(chat({ model: "azure/gpt-4o" })))).toMatchObject({ status: "completed" })
  const [sent] = upstream.received
  expect(`${sent?.path}${sent?.search}`).toBe("/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21")
  expect(sent?.headers).toMatchObject({ "api-key": "azure-key" })
})

test("a base_url may be one deployment with its version, as Azure's portal shows it", async () => {
  const base_url = `${upstream.url}/openai/deployments/prod-4o/chat/completions?api-version=2025-01-01-preview`
  const { accept, end } = await start({
    config: { providers: { azure: { keys: [{ value: "k" }], network_config: { base_url } } } },
  })
  expect(await end(await accept(chat({ model: "azure/gpt-4o" })))).toMatchObject({ status: "completed" })
  expect(`${upstream.url}${upstream.received[0]?.path}${upstream.received[0]?.search}`).toBe(base_url)
})

test("a provider without a usable address is off, and both the start and the submit say what to set", async () => {
  const env = { AZURE_API_KEY: "k", OPENAI_BASE_URL: "localhost:4000", OPENAI_API_KEY: "sk-secret" }
  const { submit, logged, fetch } = await start({ env })
  const refusal = async (model: string) => {
    const response = await submit(chat({ model }))
    expect(response.status).toBe(400)
    return await messageOf(response)
  }
  expect(await refusal("azure/gpt-4o")).toStartWith(
    "provider 'azure' is off: AZURE_API_KEY is set, but its address is missing; set AZURE_OPENAI_ENDPOINT or AZURE_RESOURCE_NAME, or write",
  )
  expect(await refusal("openai/gpt-4o")).toStartWith(
    "provider 'openai' is off: OPENAI_BASE_URL is set and is no address",
  )
  const [azure] = await logged("AZURE_API_KEY is set")
  expect(azure).toContain("environment: providers.azure is off")
  expect((await fetch("/v1/models?provider=azure")).status).toBe(400)
})

test("an address that is the gateway's own makes it neither call itself nor send the key beside it", async () => {
  const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
  const { port } = taken
  taken.stop(true)
  const env = { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`, OPENAI_API_KEY: "sk-bf-a-virtual-key" }
  const { submit, logged, facts } = await start({ env, args: ["--port", String(port)] })
  expect(facts.providers.map(({ name }) => name)).not.toContain("openai")
  const response = await submit(chat({ model: "openai/gpt-4o" }))
  expect(response.status).toBe(400)
  expect(await messageOf(response)).toContain("OPENAI_BASE_URL is the address of this gateway itself")
  await logged("environment: providers.openai has no key of the environment")
})
