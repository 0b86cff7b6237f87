// Who steals the data directory's database or its log finds no key in it, while a job still needs the caller's and after it has ended.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { tempDir } from "../cleanup.ts"
import { CHAT, chat, type Gateway, type Job, launch, run } from "../harness.ts"
import { openDatabase } from "../opendatabase.ts"
import { completion, type Received, startUpstream, type Upstream } from "../upstream.ts"

/** Some start three gateways. */
setDefaultTimeout(240_000)

const OWN = "sk-own-3f9d1c7a55e2b804"
const BESIDE = "sk-beside-77aa10c4de93b6f1"
const CONFIGURED = "sk-configured-0b5d2e81c9f3a647"
const HEADER = "sk-in-a-header-5ac81f90d3e2b764"
const VIRTUAL = "sk-bf-4e9b1d60c8a7f235"

/** In a file or a line, a key may stand as it is or in one of three ways that base64 has of writing it. */
function listForms(secret: string): Buffer[] {
  const bytes = Buffer.from(secret)
  const encoded = [0, 1, 2].map((offset) => {
    // Behind `offset` other bytes; without the characters that the neighbours have a part in.
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replaceAll("=", "")
    const from = Math.ceil((offset * 8) / 6)
    return text.slice(from, text.length - 1)
  })
  const all = [
    secret,
    bytes.toString("hex"),
    ...encoded,
    ...encoded.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
  ]
  return [...all.map((text) => Buffer.from(text)), Buffer.from(secret, "utf16le")]
}

/** What of `secrets` is in the bytes of the database, its side files and the log; with the directory's other files, but config.json. */
function found(gateway: Gateway, secrets: string[]): string[] {
  const names = readdirSync(gateway.dir).filter((name) => name !== "config.json")
  expect(names).toContain("asyncgate.db")
  const places: [string, Buffer][] = [
    ...names.map((name): [string, Buffer] => [name, readFileSync(join(gateway.dir, name))]),
    ["the log", Buffer.from(gateway.log())],
  ]
  return places.flatMap(([place, bytes]) =>
    secrets
      .filter((secret) => listForms(secret).some((form) => bytes.includes(form)))
      .map((secret) => `${secret} in ${place}`),
  )
}

const listSecrets = (gateway: Gateway, where = "1") => gateway.count("jobs", `secret IS NOT NULL AND (${where})`)

function config(upstream: Upstream, over: Record<string, unknown> = {}) {
  const network_config = {
    base_url: upstream.url,
    retry_backoff_initial: 1,
    retry_backoff_max: 5,
    extra_headers: { "x-provider-token": HEADER },
  }
  return {
    providers: {
      openai: { network_config, ...over },
      up: { keys: [{ name: "main", value: CONFIGURED }], network_config, ...over },
    },
    governance: { virtual_keys: [{ id: "team", name: "team", value: VIRTUAL }] },
  }
}

const ownKey = { authorization: `Bearer ${OWN}` }
const toOpenai = (over: object = {}) => chat({ model: "openai/gpt", ...over })
const listKeys = ({ headers }: Received) => headers["authorization"]

async function waitForEnd(gateway: Gateway, id: string, headers: Record<string, string>): Promise<Job> {
  const response = await gateway.poll(id, { ...headers, prefer: "wait=60" })
  expect(response.status).toBe(200)
  return await response.json()
}

test("the search finds a key in whatever form it stands", () => {
  for (const text of [
    OWN,
    btoa(OWN),
    btoa(`a${OWN}b`),
    btoa(`ab${OWN}`),
    btoa(`user:${OWN}`),
    Buffer.from(OWN).toString("hex"),
  ]) {
    expect(listForms(OWN).some((form) => Buffer.from(`…${text}…`).includes(form))).toBe(true)
  }
  expect(listForms(OWN).some((form) => Buffer.from(btoa(BESIDE)).includes(form))).toBe(false)
})

describe("a stolen database, its side files and the log", () => {
  let upstream: Upstream
  let gateway: Gateway
  const everything = [OWN, BESIDE, CONFIGURED, HEADER, VIRTUAL]
  beforeAll(async () => {
    upstream = startUpstream()
    gateway = await launch({
      args: ["--log-level", "debug"],
      config: config(upstream, { concurrency_and_buffer_size: { concurrency: 2 } }),
    })
  })
  afterAll(async () => {
    await gateway.dispose()
    await upstream.stop()
  })

  const ways: Record<string, { body: object; headers: Record<string, string>; goesOutWith: string }> = {
    "a caller's own key": { body: toOpenai(), headers: ownKey, goesOutWith: OWN },
    "an own key beside a virtual key": {
      body: toOpenai(),
      headers: { "x-bf-vk": VIRTUAL, authorization: `Bearer ${BESIDE}` },
      goesOutWith: BESIDE,
    },
    "an own key that was asked for": {
      body: chat({ model: "up/m" }),
      headers: { "x-api-key": OWN, "x-bf-direct-key": "true" },
      goesOutWith: OWN,
    },
    "a configured key": { body: chat({ model: "up/m" }), headers: {}, goesOutWith: CONFIGURED },
    "a configured key and a virtual key": {
      body: chat({ model: "up/m" }),
      headers: { "api-key": VIRTUAL },
      goesOutWith: CONFIGURED,
    },
  }

  const echo = (request: Received) => `you sent ${listKeys(request)} and ${request.headers["x-provider-token"]}`
  const outcomes: Record<string, (request: Received) => Response> = {
    succeeded: () => completion(),
    "was refused with 401 and the key repeated": (request) =>
      Response.json({ error: { message: echo(request), code: echo(request) } }, { status: 401 }),
    "got an answer that cannot be read and repeats the key": (request) => new Response(`<p>${echo(request)}</p>`),
    "failed with 500 and the key repeated": (request) => new Response(echo(request), { status: 500 }),
    "was redirected to a place with the key in it": (request) =>
      new Response(null, { status: 307, headers: { location: `http://127.0.0.1:9/?${listKeys(request)}` } }),
  }

  test.each(Object.keys(ways).flatMap((way) => Object.keys(outcomes).map((outcome) => [way, outcome] as const)))(
    "have no key of a job with %s that %s",
    async (way, outcome) => {
      const { body, headers, goesOutWith } = ways[way] as (typeof ways)[string]
      upstream.answer(outcomes[outcome] as (request: Received) => Response)
      const index = upstream.received.length
      const id = await gateway.accept(body, headers)
      const job = await waitForEnd(gateway, id, headers)
      expect(job.status).toBe(outcome === "succeeded" ? "completed" : "failed")
      expect(listKeys(await upstream.request(index))).toBe(`Bearer ${goesOutWith}`)
      expect(JSON.stringify(job)).not.toContain(goesOutWith)
      expect(listSecrets(gateway, `id = '${id}'`)).toBe(0)
      expect(found(gateway, everything)).toEqual([])
    },
  )

  test("have none of what runs, waits its turn, or is cancelled, though what waits still has its own", async () => {
    upstream.answer(() => new Promise<Response>(() => {}))
    const index = upstream.received.length
    const ids: string[] = []
    for (let n = 0; n < 4; n++) ids.push(await gateway.accept(toOpenai(), ownKey))
    await upstream.request(index + 1)
    expect(gateway.count("jobs", "state = 'queued'")).toBe(2)
    expect(gateway.count("jobs", "state = 'running'")).toBe(2)
    expect(listSecrets(gateway)).toBe(4)
    expect(found(gateway, everything)).toEqual([])
    // The last first, so that none of those that wait gets its turn.
    for (const id of ids.toReversed()) {
      expect((await gateway.fetch(`${CHAT}/${id}/cancel`, { method: "POST", headers: ownKey })).status).toBe(200)
    }
    expect(listSecrets(gateway)).toBe(0)
    expect(found(gateway, everything)).toEqual([])
  })

  test("have none of what was refused", async () => {
    for (const headers of [ownKey, { "x-bf-vk": `${VIRTUAL}0` }, { "x-api-key": BESIDE }]) {
      expect((await gateway.submit("{", headers)).status).toBe(400)
      expect((await gateway.submit(toOpenai({ messages: [] }), { ...headers, "x-bf-vk": "sk-bf-none" })).status).toBe(
        400,
      )
    }
    expect(found(gateway, everything)).toEqual([])
  })

  test("have none after a stop in good order", async () => {
    expect(await gateway.stop()).toBe(0)
    expect(existsSync(join(gateway.dir, "asyncgate.db"))).toBe(true)
    expect(found(gateway, everything)).toEqual([])
  })
})

describe("headers that a caller gives for the provider", () => {
  const VALUE = "tenant-51c0ffee90ab72de"
  const given = { "x-bf-eh-X-Tenant": VALUE, "x-bf-eh-x-mode": "on" }
  let first: Upstream
  let second: Upstream
  let gateway: Gateway
  beforeAll(async () => {
    ;[first, second] = [startUpstream(), startUpstream()]
    const provider = (url: string) => ({ network_config: { base_url: url, max_retries: 0 } })
    gateway = await launch({
      args: ["--log-level", "debug"],
      config: { providers: { first: provider(first.url), second: provider(second.url) } },
    })
  })
  afterAll(async () => {
    await gateway.dispose()
    await Promise.all([first.stop(), second.stop()])
  })

  const repeats = ({ headers }: Received) =>
    Response.json({ error: { message: `no tenant ${headers["x-tenant"]}` } }, { status: 400 })
  const tenants = ({ received }: Upstream) => received.splice(0).map(({ headers }) => headers["x-tenant"])
  const traces = ({ received }: Upstream) => received.map(({ headers }) => headers["traceparent"]?.slice(3, 35))

  test("reach it, and are in no file while the job runs nor after its end, however it ends", async () => {
    const answers = [() => completion(), repeats, ({ headers }: Received) => new Response(`<p>${headers["x-tenant"]}`)]
    for (const answer of answers) {
      const answered = Promise.withResolvers<void>()
      first.answer(async (request) => {
        await answered.promise
        return answer(request)
      })
      const id = await gateway.accept(chat({ model: "first/m" }), given)
      await first.request(0)
      expect(listSecrets(gateway, `id = '${id}'`)).toBe(1)
      expect(found(gateway, [VALUE])).toEqual([])
      answered.resolve()
      expect(JSON.stringify(await gateway.end(id))).not.toContain(VALUE)
      expect(tenants(first)).toEqual([VALUE])
      expect(listSecrets(gateway, `id = '${id}'`)).toBe(0)
      expect(found(gateway, [VALUE])).toEqual([])
    }
  })

  test.each<[string, Record<string, string>, (string | undefined)[]]>([
    ["no fallback at another provider", {}, [undefined]],
    ["every fallback where the caller asks for it", { "x-asyncgate-extra-headers": "all" }, [VALUE]],
  ])("go to a fallback at the same provider and to %s; a trace goes everywhere", async (_, headers, expected) => {
    first.answer(repeats)
    second.answer(repeats)
    const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    const fallbacks = ["second/m", "first/other", "second/last"]
    const id = await gateway.accept(chat({ model: "first/m", fallbacks }), {
      ...given,
      ...headers,
      traceparent: `00-${trace}-00f067aa0ba902b7-01`,
    })
    const job = await gateway.end(id)
    expect(job.error.error.message).toBe("no tenant [key]")
    expect([...traces(first), ...traces(second)]).toEqual([trace, trace, trace, trace])
    expect(tenants(first)).toEqual([VALUE, VALUE])
    expect(tenants(second)).toEqual([...expected, ...expected])
    expect(found(gateway, [VALUE])).toEqual([])
    expect(gateway.count("jobs", `id = '${id}' AND (secret IS NOT NULL OR extras IS NOT NULL)`)).toBe(0)
  })
})

describe("a job with a caller's own key", () => {
  let gateway: Gateway | undefined
  let upstream: Upstream | undefined
  afterEach(async () => {
    await gateway?.dispose()
    await upstream?.stop()
  })

  const KEY_ONE = "11".repeat(32)
  const KEY_TWO = "22".repeat(32)

  /** One job whose call is out and one that waits for its turn, and then the process dies. */
  async function killed(env: Record<string, string>) {
    const dir = tempDir()
    const there = startUpstream(() => new Promise<Response>(() => {}))
    upstream = there
    const file = config(there, { concurrency_and_buffer_size: { concurrency: 1 } })
    const first = await launch({ dir, config: file, env, args: ["--log-level", "debug"] })
    gateway = first
    const ids = [await first.accept(toOpenai(), ownKey), await first.accept(toOpenai(), ownKey)]
    await there.request(0)
    await first.stop("SIGKILL")
    expect(first.count("jobs", "state IN ('queued', 'running') AND secret IS NOT NULL")).toBe(2)
    expect(found(first, [OWN])).toEqual([])
    there.answer(() => completion("with the key"))
    const again = async (other: Record<string, string>) => {
      const second = await launch({ dir, env: other, args: ["--log-level", "debug"] })
      gateway = second
      return second
    }
    return { ids, upstream: there, again, dir }
  }

  test.each<[string, Record<string, string>]>([
    ["with the key file of its own", {}],
    ["with ASYNCGATE_ENCRYPTION_KEY", { ASYNCGATE_ENCRYPTION_KEY: KEY_ONE }],
  ])("goes out with that key after kill -9 and a restart, %s", async (_, env) => {
    const { ids, upstream, again } = await killed(env)
    const second = await again(env)
    for (const id of ids) {
      const job = await waitForEnd(second, id, ownKey)
      expect(job.status).toBe("completed")
    }
    expect(upstream.received.map(listKeys)).toEqual(Array(3).fill(`Bearer ${OWN}`))
    expect(listSecrets(second)).toBe(0)
    expect(found(second, [OWN])).toEqual([])
  })

  test("is still its caller's alone after the restart", async () => {
    const { ids, again } = await killed({})
    const second = await again({})
    for (const id of ids) {
      expect((await second.poll(id)).status).toBe(404)
      expect((await second.poll(id, { authorization: `Bearer ${BESIDE}` })).status).toBe(404)
      expect((await waitForEnd(second, id, ownKey)).status).toBe("completed")
    }
  })

  test.each<[string, Record<string, string>, (dir: string) => Record<string, string>, string]>([
    [
      "file is gone",
      {},
      (dir) => {
        rmSync(join(dir, "encryption.key"))
        return {}
      },
      "encryption.key is not there",
    ],
    [
      "file is empty",
      {},
      (dir) => {
        writeFileSync(join(dir, "encryption.key"), "")
        return {}
      },
      "encryption.key is not there",
    ],
    [
      "file is another one",
      {},
      (dir) => {
        writeFileSync(join(dir, "encryption.key"), KEY_TWO)
        return {}
      },
      "encryption.key is another one",
    ],
    [
      "variable is another one",
      { ASYNCGATE_ENCRYPTION_KEY: KEY_ONE },
      () => ({ ASYNCGATE_ENCRYPTION_KEY: KEY_TWO }),
      "ASYNCGATE_ENCRYPTION_KEY is another one",
    ],
    ["variable is not set any more", { ASYNCGATE_ENCRYPTION_KEY: KEY_ONE }, () => ({}), "encryption.key is not there"],
  ])(
    "stops the start when the encryption key's %s, with both ways out, and no new key is made",
    async (_, env, lose, why) => {
      const { ids, upstream, again, dir } = await killed(env)
      const keyPath = join(dir, "encryption.key")
      const kept = existsSync(keyPath) ? readFileSync(keyPath) : null
      const other = lose(dir)
      const left = existsSync(keyPath) ? readFileSync(keyPath) : null
      const refused = await run(["--port", "0", "--app-dir", dir], other)
      expect(refused.code).toBe(2)
      for (const word of [why, `(${ids.length} of them)`, "Put that key back", "ASYNCGATE_ENCRYPTION_KEY=new"]) {
        expect(refused.stderr).toContain(word)
      }
      expect(existsSync(keyPath) ? readFileSync(keyPath) : null).toEqual(left)
      if (kept !== null) writeFileSync(keyPath, kept)
      const second = await again(env)
      for (const id of ids) expect((await waitForEnd(second, id, ownKey)).status).toBe("completed")
      expect(upstream.received.map(listKeys)).toEqual(Array(3).fill(`Bearer ${OWN}`))
    },
  )

  test("fails with a clear error, and never goes out, when it is given up for a new encryption key", async () => {
    const { ids, upstream, again } = await killed({ ASYNCGATE_ENCRYPTION_KEY: KEY_ONE })
    const second = await again({ ASYNCGATE_ENCRYPTION_KEY: "new" })
    for (const id of ids) {
      const job = await waitForEnd(second, id, ownKey)
      expect(job.status).toBe("failed")
      expect(job.error.error.message).toContain("encryption key is another one than when the job was accepted")
    }
    expect(upstream.received).toHaveLength(1)
    expect(listSecrets(second)).toBe(0)
    expect(found(second, [OWN, KEY_ONE, KEY_TWO])).toEqual([])
    // The gateway itself is well, and new jobs go out with the key they bring.
    const id = await second.accept(toOpenai(), { authorization: `Bearer ${BESIDE}` })
    expect((await waitForEnd(second, id, { authorization: `Bearer ${BESIDE}` })).status).toBe("completed")
    expect(upstream.received.slice(1).map(listKeys)).toEqual([`Bearer ${BESIDE}`])
  })

  test("whose stored key was tampered with, or is another job's, fails and never goes out", async () => {
    const { ids, upstream, again, dir } = await killed({})
    const database = openDatabase(join(dir, "asyncgate.db"))
    const [a = "", b = ""] = ids
    const sealed = (id: string) =>
      (database.query("SELECT secret FROM jobs WHERE id = ?").get(id) as { secret: Uint8Array }).secret
    const ofA = sealed(a)
    const turned = sealed(b).map((byte, at) => (at === 20 ? byte ^ 1 : byte))
    database.query("UPDATE jobs SET secret = ? WHERE id = ?").run(turned, a)
    database.query("UPDATE jobs SET secret = ? WHERE id = ?").run(ofA, b)
    database.close()
    const second = await again({ ASYNCGATE_ENCRYPTION_KEY: "new" })
    for (const id of ids) expect((await waitForEnd(second, id, ownKey)).status).toBe("failed")
    expect(upstream.received).toHaveLength(1)
    expect(found(second, [OWN])).toEqual([])
  })
})
