// A server on a developer's machine: what a web page, a log file and an error message must not get.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { request } from "node:http"
import { join } from "node:path"
import { CHAT, chat, type Gateway, type Job, launch } from "../harness.ts"
import { completion, startUpstream, type Upstream } from "../upstream.ts"

const KEY = "sk-secret-1234567890"
const PROMPT = "a prompt nobody else may read"
const RESULT = "a result nobody else may read"

let upstream: Upstream
let gateway: Gateway
beforeAll(async () => {
  upstream = startUpstream(() => completion(RESULT))
  gateway = await launch({
    args: ["--log-level", "debug"],
    env: { OPENAI_API_KEY: KEY },
    config: {
      client: { allowed_origins: ["https://app.example.com"], allowed_hosts: ["gateway.local"] },
      providers: { openai: { network_config: { base_url: upstream.url, retry_backoff_initial: 1 } } },
    },
  })
})
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

/** A request with any Host header: fetch would not send a foreign one. */
function withHost(host: string, path = "/health", method = "GET"): Promise<number> {
  const { port } = new URL(gateway.url)
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, method, headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on("error", reject)
      .end()
  })
}

describe("the Host header", () => {
  test.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example:8080",
    "10.0.0.1",
    "[::2]",
    "0x7f.1",
  ])("%s is refused: a name that was rebound to this machine", async (host) => {
    expect(await withHost(host)).toBe(403)
    expect(await withHost(host, "/docs")).toBe(403)
    expect(await withHost(host, `${CHAT}/some-id`)).toBe(403)
  })

  test.each(["localhost", "localhost:9999", "LOCALHOST", "127.0.0.1", "[::1]:80", "gateway.local"])(
    "%s is served",
    async (host) => {
      expect(await withHost(host)).toBe(200)
    },
  )
})

describe("every route", () => {
  test("refuses a foreign Host and a foreign Origin before it does anything else", async () => {
    const { paths } = (await (await gateway.fetch("/docs/json")).json()) as { paths: Record<string, object> }
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path.replace("{job_id}", "some-id")] as const),
    )
    const pages = [
      "/docs",
      "/docs/json",
      "/docs/init.js",
      "/docs/swagger-ui-bundle.js",
      "/docs/swagger-ui.css",
      "/nowhere",
    ]
    const all = [...described, ...pages.map((path) => ["GET", path] as const), ["PUT", "/health"] as const]
    expect(described.length).toBeGreaterThan(40)
    for (const [method, path] of all) {
      const { status } = await gateway.fetch(path, { method, headers: { origin: "http://evil.example" } })
      expect({ method, path, status, host: await withHost("evil.example", path, method) }).toEqual({
        method,
        path,
        status: 403,
        host: 403,
      })
    }
  })
})

describe("the Origin header", () => {
  const foreign = [
    "http://evil.example",
    "https://localhost.evil.example",
    "null",
    "http://localhost:3000",
    "http://127.0.0.1:1",
    "file://",
  ]
  test.each(foreign)("%s is refused whatever the method and content type, and nothing is stored", async (origin) => {
    const before = gateway.count("jobs")
    for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded"]) {
      const response = await gateway.submit(chat(), { origin, "content-type": type })
      expect(response.status).toBe(403)
      expect(response.headers.get("access-control-allow-origin")).toBeNull()
    }
    expect((await gateway.fetch("/health", { headers: { origin } })).status).toBe(403)
    expect(
      (await gateway.fetch(CHAT, { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } }))
        .status,
    ).toBe(403)
    expect(gateway.count("jobs")).toBe(before)
  })

  test("of the gateway itself is served", async () => {
    expect((await gateway.submit(chat(), { origin: gateway.url })).status).toBe(202)
  })

  test("missing, but with a mark of a foreign page, is refused; a click on a link is not", async () => {
    const get = (mode: string, site: string) =>
      gateway
        .fetch("/health", { headers: { "sec-fetch-mode": mode, "sec-fetch-site": site } })
        .then((response) => response.status)
    expect(await get("no-cors", "cross-site")).toBe(403)
    expect(await get("no-cors", "same-site")).toBe(403)
    expect(await get("navigate", "cross-site")).toBe(200)
    expect(await get("cors", "same-origin")).toBe(200)
  })

  test("that the operator allows is let in, and its page may read answers and refusals", async () => {
    const headers = { origin: "https://app.example.com" }
    const preflight = await gateway.fetch(CHAT, {
      method: "OPTIONS",
      headers: {
        ...headers,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
      },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get("access-control-allow-headers")).toBe("content-type")
    for (const response of [preflight, await gateway.submit(chat(), headers), await gateway.submit("{", headers)]) {
      expect(response.headers.get("access-control-allow-origin")).toBe("https://app.example.com")
    }
  })
})

describe("secrets", () => {
  test("no key, prompt or result is in any log line, whatever happens to the job", async () => {
    const body = (over: object = {}) =>
      chat({ model: "openai/gpt", messages: [{ role: "user", content: PROMPT }], ...over })
    await gateway.end(await gateway.accept(body()))
    upstream.answer(() => Response.json({ error: { message: `bad key ${KEY}` } }, { status: 401 }))
    const refused = await gateway.end(await gateway.accept(body()))
    upstream.answer(() => new Response(RESULT))
    const unreadable = await gateway.end(await gateway.accept(body()))
    await gateway.submit(JSON.stringify(body()).slice(0, -1), { authorization: `Bearer ${KEY}` })
    await gateway.submit(body({ messages: PROMPT }), { "x-api-key": KEY })
    expect(refused.error.error.message).toContain("[key]")
    expect(unreadable.error.type).toBe("unreadable_response")
    expect(gateway.log().split("\n").length).toBeGreaterThan(3)
    for (const secret of [KEY, PROMPT, RESULT]) expect(gateway.log()).not.toContain(secret)
  })

  test("no refusal repeats what a caller sent as a key or a prompt", async () => {
    const headers = { authorization: `Bearer ${KEY}`, "x-api-key": KEY, "api-key": KEY }
    const bodies = [
      "",
      "{",
      JSON.stringify(chat({ model: "nobody/x", messages: [{ role: "user", content: PROMPT }] })),
      JSON.stringify({ messages: PROMPT }),
    ]
    for (const body of bodies) {
      const text = await (await gateway.submit(body, headers)).text()
      expect(text).not.toContain(KEY)
      expect(text).not.toContain(PROMPT)
    }
  })

  test("no provider key is in any file of the data directory", async () => {
    upstream.answer(() => completion())
    await gateway.end(await gateway.accept(chat({ model: "openai/gpt" })))
    for (const name of readdirSync(gateway.dir)) {
      expect(readFileSync(join(gateway.dir, name)).includes(KEY)).toBe(false)
    }
  })
})

describe("a member that only looks like one", () => {
  test("__proto__ and constructor are passed on and change nothing here", async () => {
    const index = upstream.received.length
    upstream.answer(() => completion())
    const body =
      '{"model":"openai/m","messages":[{"role":"user","content":"x"}],"__proto__":{"stream":true},"constructor":1}'
    const job = (await gateway.end(await gateway.accept(body))) as Job
    expect(job.status).toBe("completed")
    expect((await upstream.request(index)).body).toBe(body.replace("openai/m", "m"))
  })
})
