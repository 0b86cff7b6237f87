// The real program behind a proxy and with certificates of its operator's own, all on loopback.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { connect, createServer, type Server } from "node:net"
import type { Server as HttpServer } from "bun"
import { type Certificates, makeCertificates } from "../certificates.ts"
import { chat, type Gateway, type LaunchOptions, launch } from "../harness.ts"
import { completion, configFor } from "../upstream.ts"

// Each test starts a whole program.
setDefaultTimeout(240_000)

let certificates: Certificates
/** A provider under TLS, by a certificate that nobody trusts. */
let secure: HttpServer<undefined>
/** One in the clear. */
let plain: HttpServer<undefined>
let proxy: Server
/** First lines and headers of what the proxy was asked. */
let asked: string[] = []
let gateway: Gateway | undefined

beforeAll(async () => {
  certificates = await makeCertificates()
  const { cert, key } = certificates
  const base = { hostname: "127.0.0.1", port: 0, fetch: () => completion() }
  secure = Bun.serve({ ...base, tls: { cert, key } })
  plain = Bun.serve(base)
  proxy = await startProxy()
})
afterEach(async () => {
  await gateway?.dispose()
  gateway = undefined
  asked = []
})
afterAll(async () => {
  await secure.stop(true)
  await plain.stop(true)
  proxy.close()
})

/** Knows where upstream.test is, which nobody else does: whoever gets there has come through it. */
function startProxy(): Promise<Server> {
  const server = createServer((client) => {
    client.on("error", () => {})
    client.once("data", (data) => {
      const head = data.toString()
      asked.push(head)
      const tunnel = /^CONNECT upstream\.test:(\d+)/.exec(head)
      const direct = /^\w+ http:\/\/upstream\.test:(\d+)\//.exec(head)
      const port = Number(tunnel?.[1] ?? direct?.[1])
      if (!port) return client.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
      const upstream = connect(port, "127.0.0.1", () => {
        if (tunnel) client.write("HTTP/1.1 200 OK\r\n\r\n")
        else upstream.write(data)
        client.pipe(upstream).pipe(client)
      })
      upstream.on("error", () => client.destroy())
    })
  })
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)))
}

const proxyUrl = () => `http://127.0.0.1:${(proxy.address() as { port: number }).port}`
const farSecure = () => ({ url: `https://upstream.test:${secure.port}` })
const farPlain = () => ({ url: `http://upstream.test:${plain.port}` })
const nearSecure = () => ({ url: `https://127.0.0.1:${secure.port}` })

/** The end of one chat job of the provider `up`. */
async function end(
  upstream: { url: string },
  network: Record<string, unknown>,
  over: Record<string, unknown> = {},
  options: LaunchOptions = {},
) {
  gateway = await launch({ ...options, config: configFor(upstream, { max_retries: 0, ...network }, over) })
  return await gateway.end(await gateway.accept(chat({ model: "up/m" })))
}

describe("a proxy of proxy_config", () => {
  test("is asked for every call, with its name and password, which no log and no job shows", async () => {
    const proxy_config = { type: "http", url: "env.PROXY", username: "me", password: "env.PROXY_PASSWORD" }
    const env = { PROXY: proxyUrl(), PROXY_PASSWORD: "s:ecret" }
    const job = await end(farSecure(), { ca_cert_pem: certificates.ca }, { proxy_config }, { env })
    expect(job).toMatchObject({ status: "completed" })
    expect(asked).toHaveLength(1)
    expect(asked[0]).toContain(`Proxy-Authorization: Basic ${btoa("me:s:ecret")}`)
    expect(gateway?.log()).not.toMatch(/s:ecret|s%3Aecret/)
  })

  test("may look into TLS with a certificate of its own", async () => {
    const proxy_config = { type: "http", url: proxyUrl(), ca_cert_pem: "env.CA" }
    const job = await end(farSecure(), {}, { proxy_config }, { env: { CA: certificates.ca } })
    expect(job).toMatchObject({ status: "completed" })
  })

  test("is asked for addresses in the clear too", async () => {
    expect(await end(farPlain(), {}, { proxy_config: { type: "http", url: proxyUrl() } })).toMatchObject({
      status: "completed",
    })
    expect(asked[0]).toStartWith("POST http://upstream.test")
  })

  test("of the environment is asked where the file says so or nothing, and not where it says none", async () => {
    const env = { HTTP_PROXY: proxyUrl() }
    expect(await end(farPlain(), {}, { proxy_config: { type: "environment" } }, { env })).toMatchObject({
      status: "completed",
    })
    expect(asked).toHaveLength(1)
    await gateway?.dispose()
    expect(await end(farPlain(), {}, { proxy_config: { type: "none" } }, { env })).toMatchObject({ status: "failed" })
    expect(asked).toHaveLength(1)
  })

  test("that is not HTTP turns that provider off, with one sentence, and nothing goes out past it", async () => {
    const proxy_config = { type: "socks5", url: "socks5://127.0.0.1:1" }
    gateway = await launch({ config: configFor({ url: `http://127.0.0.1:${plain.port}` }, {}, { proxy_config }) })
    const refused = await gateway.submit(chat({ model: "up/m" }))
    expect(refused.status).toBe(400)
    expect(gateway.log().match(/providers\.up is off: SOCKS proxies are not served here; write/g)).toHaveLength(1)
    expect((await gateway.submit(chat())).status).toBe(202)
  })
})

describe("a certificate", () => {
  test("that nobody trusts is not accepted", async () => {
    const job = await end(nearSecure(), {})
    expect(job).toMatchObject({ status: "failed", status_code: 502 })
    expect(job.error.error.message).toContain("certificate that is not trusted")
  })

  test("of ca_cert_pem is trusted, and only for this provider", async () => {
    const { ca } = certificates
    const config = configFor(nearSecure(), { ca_cert_pem: "env.CA", max_retries: 0 })
    const other = configFor(nearSecure(), { max_retries: 0 }).providers.up
    gateway = await launch({ config: { providers: { ...config.providers, other } }, env: { CA: ca } })
    const { accept, end: ended } = gateway
    // Both ways round, and again: a connection that is trusted by one must not serve the other.
    for (const [model, status] of [
      ["up/m", "completed"],
      ["other/m", "failed"],
      ["up/m", "completed"],
      ["other/m", "failed"],
    ] as const) {
      expect(await ended(await accept(chat({ model })))).toMatchObject({ status })
    }
  })

  test("is not looked at with insecure_skip_verify, which is warned of at every start", async () => {
    expect(await end(nearSecure(), { insecure_skip_verify: true })).toMatchObject({ status: "completed" })
    expect(gateway?.log()).toContain(
      "providers.up.network_config.insecure_skip_verify is true: whoever is in between can read",
    )
  })

  test("that is none turns that provider off", async () => {
    gateway = await launch({ config: configFor(nearSecure(), { ca_cert_pem: "garbage" }) })
    expect((await gateway.submit(chat({ model: "up/m" }))).status).toBe(400)
    expect(gateway.log()).toContain(
      "providers.up is off: network_config.ca_cert_pem is no certificate; write it in PEM",
    )
  })
})
