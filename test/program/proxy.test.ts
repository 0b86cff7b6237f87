// What the environment says of proxies, and what never goes through one: calls to this machine.
import { afterEach, expect, test } from "bun:test"
import { type Gateway, launch } from "../harness.ts"
import { completion, startUpstream, type Upstream } from "../upstream.ts"

let gateway: Gateway | undefined
const upstreams: Upstream[] = []
afterEach(async () => {
  await gateway?.dispose()
  for (const upstream of upstreams.splice(0)) await upstream.stop()
})

function start(content: string): Upstream {
  const upstream = startUpstream(() => completion(content))
  upstreams.push(upstream)
  return upstream
}

const variables = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
const messages = [{ role: "user", content: "a private prompt" }]

test("calls to this machine and questions to its servers are made directly, others go to the proxy", async () => {
  const proxy = start("through the proxy")
  const upstream = start("directly")
  const { port } = new URL(upstream.url)
  const at = (base_url: string) => ({ network_config: { base_url, max_retries: 0 } })
  const providers = {
    numbered: at(upstream.url),
    named: at(`http://localhost:${port}`),
    odd: at(`http://127.1:${port}/v1/`),
    elsewhere: at("http://provider.example"),
  }
  const env = Object.fromEntries(variables.map((name) => [name, proxy.url]))
  const running = await launch({ config: { providers }, env })
  gateway = running
  const said = async (model: string) => {
    const job = await running.end(await running.accept({ model, messages }))
    return job.result?.choices[0].message.content ?? job.error
  }
  for (const model of ["numbered/m", "named/m", "odd/m"]) expect(await said(model)).toBe("directly")
  expect(await running.fetch("/v1/models").then(({ status }) => status)).toBe(200)
  expect(proxy.received.filter(({ path }) => path !== "/v1/models")).toEqual([])
  expect(await said("elsewhere/m")).toBe("through the proxy")
  expect(proxy.received.some(({ headers }) => headers["host"] === "provider.example")).toBe(true)
}, 240_000)
