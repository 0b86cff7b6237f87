// What the whole program finds on its machine, at its start and when it is asked for models. Nothing else is asked of anybody.
import { afterEach, describe, expect, test } from "bun:test"
import { newDir, removeDir } from "../cleanup.ts"
import { type Gateway, type Job, plainEnv, program, start } from "../harness.ts"
import { type Handler, startUpstream, type Upstream } from "../upstream.ts"

const gateways: Gateway[] = []
const upstreams: Upstream[] = []
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.dispose()
  for (const upstream of upstreams.splice(0)) await upstream.stop()
})

function serve(handler: Handler): Upstream {
  const upstream = startUpstream(handler)
  upstreams.push(upstream)
  return upstream
}

const listing = (...names: string[]) => serve(() => Response.json({ data: names.map((id) => ({ id })) }))
const silent = () => serve(() => new Promise<Response>(() => {}))
const at = ({ url }: { url: string }) => ({ network_config: { base_url: url } })
const paths = ({ received }: Upstream) => received.map(({ method, path }) => `${method} ${path}`)

/** What the banner says of a provider. */
function readFacts({ facts }: Gateway, name: string): unknown {
  return facts.providers.find((provider) => provider.name === name)
}

async function ids(gateway: Gateway, query: string): Promise<string[]> {
  const { data } = (await (await gateway.fetch(`/v1/models${query}`)).json()) as Job
  return data.map(({ id }: Job) => id)
}

describe("a server that the program knows by name", () => {
  test("is found at the start with how many models it has, and its models are listed and called", async () => {
    const upstream = listing("llama3.2:latest", "nomic-embed-text")
    const gateway = await start({ config: { providers: { ollama: at(upstream) } } })
    expect(readFacts(gateway, "ollama")).toEqual({ name: "ollama", key: "no key needed", models: 2 })
    expect(paths(upstream)).toEqual(["GET /v1/models"])
    expect(await ids(gateway, "?provider=ollama")).toEqual(["ollama/llama3.2:latest", "ollama/nomic-embed-text"])
  })

  test("that does not answer holds up no start; the operator who configured it reads that, and no model is listed", async () => {
    const upstream = silent()
    const gateway = await start({
      config: { providers: { vllm: at(upstream), sgl: at({ url: "http://127.0.0.1:1" }) } },
    })
    for (const name of ["vllm", "sgl"]) {
      expect(readFacts(gateway, name)).toEqual({ name, key: "no key needed", models: null })
    }
    expect(await ids(gateway, "?provider=sgl")).toEqual([])
  })
})

test("a server of the operator's own is asked when models are, and not before", async () => {
  const upstream = listing("mine")
  const gateway = await start({ config: { providers: { "my-server": at(upstream) } } })
  expect(readFacts(gateway, "my-server")).toEqual({ name: "my-server", key: "no key needed" })
  expect(upstream.received).toEqual([])
  expect(await ids(gateway, "")).toContain("my-server/mine")
  expect(await ids(gateway, "?provider=my-server")).toEqual(["my-server/mine"])
  expect(paths(upstream)).toEqual(["GET /v1/models"])
})

test("no provider that wants a key is asked for anything, at the start or for the list", async () => {
  const upstream = listing("never-seen")
  const openai = { ...at(upstream), keys: [{ value: "k" }] }
  const gateway = await start({ config: { providers: { openai } }, env: { ELEVENLABS_API_KEY: "k", HF_TOKEN: "k" } })
  expect(await ids(gateway, "")).toEqual(expect.arrayContaining(["openai/gpt-4o", "elevenlabs/*", "huggingface/*"]))
  expect(upstream.received).toEqual([])
})

test("what is asked of a server of this machine goes to no proxy", async () => {
  const proxy = serve(() => new Response("seen"))
  const gateway = await start({
    config: { providers: { llamacpp: at(listing("local")) } },
    env: { HTTP_PROXY: proxy.url, http_proxy: proxy.url },
  })
  expect(await ids(gateway, "?provider=llamacpp")).toEqual(["llamacpp/local"])
  expect(proxy.received).toEqual([])
})

test("the banner names what can be called and nothing else, in lines that can be read", async () => {
  const dir = newDir()
  const variables = ["OPENAI", "GROQ", "CEREBRAS", "XAI", "DEEPSEEK", "MISTRAL", "OPENROUTER", "TOGETHER", "ANTHROPIC"]
  const env = Object.fromEntries(variables.map((name) => [`${name}_API_KEY`, "k"]))
  const child = Bun.spawn([...program, "--port", "0", "--app-dir", dir], {
    env: { ...plainEnv(), HOME: dir, ...env },
    stdout: "pipe",
    stderr: "ignore",
  })
  let text = ""
  for await (const piece of child.stdout) {
    text += new TextDecoder().decode(piece)
    if (text.includes("shown this once")) break
  }
  child.kill()
  await child.exited
  removeDir(dir)
  const [, listed = ""] = /providers +([\s\S]*?)\n {2}admin/.exec(text) ?? []
  const names = listed.split(/,\s+/).map((item) => item.split(" ")[0])
  expect(names).toEqual(expect.arrayContaining(["openai", "anthropic", "mock"]))
  // A server that was found here may stand there too.
  expect(names.filter((name) => name === "vertex" || name === "bedrock" || name === "cohere")).toEqual([])
  expect(listed.split("\n").length).toBeGreaterThan(1)
  expect(listed.split("\n").filter((line) => line.length > 120)).toEqual([])
})
