// What a virtual key may have at most: jobs running at one time, requests a minute. What is beyond waits, or is told when to come again.
import { afterEach, describe, expect, test } from "bun:test"
import { tempDir } from "../cleanup.ts"
import { CHAT, chat, type Gateway, type Job, launch, run } from "../harness.ts"
import { completion, startUpstream, type Upstream } from "../upstream.ts"

const A = { "x-bf-vk": "sk-bf-aaaaaaaa" }
const B = { "x-bf-vk": "sk-bf-bbbbbbbb" }

let gateway: Gateway | undefined
let upstream: Upstream | undefined
afterEach(async () => {
  await gateway?.dispose()
  await upstream?.stop()
  gateway = undefined
  upstream = undefined
})

/** A provider that holds every call until the test lets it go, and knows whose is out. */
function startHolder() {
  const out = new Map<string, { resolve: () => void; by: string }>()
  const most = new Map<string, number>()
  const arrived: string[] = []
  const waiters: { holds: () => boolean; resolve: () => void }[] = []
  let isOpen = false
  let isFailing = false
  const there = startUpstream(async (request) => {
    const { user } = JSON.parse(request.body) as { user: string }
    const by = user.charAt(0)
    const { promise, resolve } = Promise.withResolvers<void>()
    out.set(user, { resolve, by })
    arrived.push(user)
    most.set(by, Math.max(most.get(by) ?? 0, countCalls(by)))
    // Gone from here when the gateway closes the connection of a cancelled call.
    request.signal.addEventListener("abort", () => leave(user))
    for (const waiter of waiters) if (waiter.holds()) waiter.resolve()
    if (!isOpen) await promise
    leave(user)
    return isFailing ? new Response("oh", { status: 500 }) : completion(user)
  })
  upstream = there
  const countCalls = (by: string) => [...out.values()].filter((one) => one.by === by).length
  const leave = (user: string) => {
    out.get(user)?.resolve()
    out.delete(user)
  }
  return {
    url: there.url,
    arrived,
    /** The most calls of one caller that were out at one time. */
    most: (by: string) => most.get(by) ?? 0,
    out: () => [...out.keys()].sort(),
    /** Resolves when `holds`, which is asked at each arrival. */
    until: (holds: () => boolean) =>
      holds() ? Promise.resolve() : new Promise<void>((resolve) => waiters.push({ holds, resolve })),
    letGo: (user: string) => leave(user),
    letAllGo() {
      isOpen = true
      for (const user of [...out.keys()]) leave(user)
    },
    fail(is: boolean) {
      isFailing = is
    },
  }
}

const network = (url: string) => ({ base_url: url, retry_backoff_initial: 1, retry_backoff_max: 5 })

const config = (url: string, cap: number, over: Record<string, unknown> = {}) => ({
  providers: {
    up: { network_config: network(url), concurrency_and_buffer_size: { concurrency: 50 } },
    other: { network_config: network(url) },
  },
  governance: {
    virtual_keys: [
      { id: "a", name: "a", value: A["x-bf-vk"], max_concurrent_jobs: cap, ...over },
      { id: "b", name: "b", value: B["x-bf-vk"] },
    ],
  },
})

async function start(options: Parameters<typeof launch>[0]): Promise<Gateway> {
  const started = await launch(options)
  gateway = started
  return started
}

const send = (to: Gateway, user: string, headers: Record<string, string>, model = "up/m") =>
  to.accept(chat({ model, user }), headers)

async function waitForEnd(of: Gateway, id: string, headers: Record<string, string>): Promise<Job> {
  const response = await of.poll(id, { ...headers, prefer: "wait=60" })
  expect(response.status).toBe(200)
  return await response.json()
}

describe("max_concurrent_jobs", () => {
  test("what is beyond it waits in its order, and others' jobs of the same provider go on", async () => {
    const holder = startHolder()
    const gateway = await start({ config: config(holder.url, 2) })
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.push(await send(gateway, `a${n}`, A))
    const others = [await send(gateway, "b0", B), await send(gateway, "n0", {})]
    await holder.until(() => holder.out().length === 4)
    expect(holder.out()).toEqual(["a0", "a1", "b0", "n0"])
    const polled = await Promise.all(ids.map(async (id) => (await gateway.poll(id, A)).json() as Promise<Job>))
    const statuses = polled.map((job) => job.status)
    expect(statuses).toEqual(["processing", "processing", "pending", "pending", "pending"])
    holder.letGo("a1")
    await holder.until(() => holder.arrived.includes("a2"))
    holder.letGo("b0")
    expect((await waitForEnd(gateway, others[0] ?? "", B)).status).toBe("completed")
    expect(holder.out()).toEqual(["a0", "a2", "n0"])
    holder.letAllGo()
    for (const id of ids) expect((await waitForEnd(gateway, id, A)).status).toBe("completed")
    expect((await waitForEnd(gateway, others[1] ?? "", {})).status).toBe("completed")
    expect(holder.most("a")).toBe(2)
  })

  test("counts a key's jobs of all providers together", async () => {
    const holder = startHolder()
    const gateway = await start({ config: config(holder.url, 2) })
    const ids: string[] = []
    for (const [at, model] of ["up/m", "other/m", "up/m", "other/m"].entries()) {
      ids.push(await send(gateway, `a${at}`, A, model))
    }
    ids.push(await send(gateway, "b0", B, "other/m"))
    await holder.until(() => holder.out().length === 3)
    expect(holder.out()).toEqual(["a0", "a1", "b0"])
    holder.letGo("a0")
    // The slot that was free at one provider may go to a job of the other.
    await holder.until(() => holder.out().filter((user) => user.startsWith("a")).length === 2)
    holder.letAllGo()
    for (const id of ids.slice(0, 4)) expect((await waitForEnd(gateway, id, A)).status).toBe("completed")
    expect(holder.most("a")).toBe(2)
  })

  test("a cancelled or deleted job makes room for the next", async () => {
    const holder = startHolder()
    const gateway = await start({ config: config(holder.url, 1) })
    const ids: string[] = []
    for (let n = 0; n < 4; n++) ids.push(await send(gateway, `a${n}`, A))
    await holder.until(() => holder.arrived.includes("a0"))
    await gateway.fetch(`${CHAT}/${ids[0]}/cancel`, { method: "POST", headers: A })
    await holder.until(() => holder.arrived.includes("a1"))
    await gateway.fetch(`${CHAT}/${ids[1]}`, { method: "DELETE", headers: A })
    await holder.until(() => holder.arrived.includes("a2"))
    // And one that waits, when it is cancelled, takes none.
    await gateway.fetch(`${CHAT}/${ids[3]}/cancel`, { method: "POST", headers: A })
    holder.letGo("a2")
    expect((await waitForEnd(gateway, ids[2] ?? "", A)).status).toBe("completed")
    const last = await send(gateway, "a4", A)
    await holder.until(() => holder.arrived.includes("a4"))
    holder.letGo("a4")
    expect((await waitForEnd(gateway, last, A)).status).toBe("completed")
    expect(holder.arrived).toEqual(["a0", "a1", "a2", "a4"])
  })

  test("holds through retries and failures", async () => {
    const holder = startHolder()
    const gateway = await start({ config: config(holder.url, 2) })
    holder.fail(true)
    holder.letAllGo()
    const ids = await Promise.all(Array.from({ length: 10 }, (_, n) => send(gateway, `a${n}`, A)))
    for (const id of ids) expect((await waitForEnd(gateway, id, A)).status_code).toBe(500)
    expect(holder.arrived).toHaveLength(40)
    expect(holder.most("a")).toBeLessThanOrEqual(2)
  })

  test("holds after kill -9 and a restart, for those that were out and those that waited", async () => {
    const holder = startHolder()
    const dir = tempDir()
    const file = config(holder.url, 2)
    const first = await start({ dir, config: file })
    const ids: string[] = []
    for (let n = 0; n < 6; n++) ids.push(await send(first, `a${n}`, A))
    await holder.until(() => holder.arrived.length === 2)
    await first.stop("SIGKILL")
    holder.letAllGo()
    const second = await start({ dir })
    for (const id of ids) expect((await waitForEnd(second, id, A)).status).toBe("completed")
    expect(holder.arrived).toHaveLength(8)
    expect(holder.most("a")).toBeLessThanOrEqual(2)
  })

  test("500 jobs over it all complete, never more at a time, while another caller's 500 run past them", async () => {
    const holder = startHolder()
    const gateway = await start({ config: config(holder.url, 3) })
    const ofA = await Promise.all(Array.from({ length: 500 }, (_, n) => send(gateway, `a${n}`, A)))
    await holder.until(() => holder.out().length === 3)
    holder.letAllGo()
    const ofB = await Promise.all(Array.from({ length: 500 }, (_, n) => send(gateway, `b${n}`, B)))
    for (const id of ofB) expect((await waitForEnd(gateway, id, B)).status).toBe("completed")
    for (const id of ofA) expect((await waitForEnd(gateway, id, A)).status).toBe("completed")
    expect(holder.most("a")).toBe(3)
    expect(holder.arrived.filter((user) => user.startsWith("a"))).toHaveLength(500)
  }, 240_000)
})

describe("requests_per_minute", () => {
  const limited = (limit: number) => ({
    governance: {
      virtual_keys: [
        { id: "a", name: "a", value: A["x-bf-vk"], requests_per_minute: limit },
        { id: "b", name: "b", value: B["x-bf-vk"], requests_per_minute: limit },
      ],
    },
  })

  test("what is beyond it is refused with 429, the time to come again, and nothing stored", async () => {
    const gateway = await start({ config: limited(3) })
    for (let n = 0; n < 3; n++) await gateway.accept(chat(), A)
    for (let n = 0; n < 3; n++) {
      const response = await gateway.submit(chat(), A)
      const refusal = (await response.json()) as Job
      expect([response.status, refusal.type, refusal.error.code]).toEqual([429, "rate_limited", "rate_limited"])
      const after = Number(response.headers.get("retry-after"))
      expect(after).toBeGreaterThanOrEqual(1)
      expect(after).toBeLessThanOrEqual(60)
    }
    expect(gateway.count("jobs")).toBe(3)
    // Each key has its own, and those without a key have none.
    for (let n = 0; n < 3; n++) await gateway.accept(chat(), B)
    expect((await gateway.submit(chat(), B)).status).toBe(429)
    for (let n = 0; n < 10; n++) await gateway.accept(chat())
  })

  test("of 50 requests at once, exactly as many as may are accepted", async () => {
    const gateway = await start({ config: limited(7) })
    const answers = await Promise.all(Array.from({ length: 50 }, () => gateway.submit(chat(), A)))
    expect(answers.filter((one) => one.status === 202)).toHaveLength(7)
    expect(answers.filter((one) => one.status === 429)).toHaveLength(43)
    expect(gateway.count("jobs")).toBe(7)
  })

  test("polls, lists, cancels and refused requests do not count", async () => {
    const gateway = await start({ config: limited(2) })
    const id = await gateway.accept(chat(), A)
    await waitForEnd(gateway, id, A)
    for (let n = 0; n < 5; n++) {
      expect((await gateway.poll(id, A)).status).toBe(200)
      expect((await gateway.fetch("/v1/async/jobs", { headers: A })).status).toBe(200)
      expect((await gateway.fetch(`${CHAT}/${id}/cancel`, { method: "POST", headers: A })).status).toBe(200)
      expect((await gateway.submit("{", A)).status).toBe(400)
      expect((await gateway.submit(chat({ model: "nobody/m" }), A)).status).toBe(400)
    }
    expect((await gateway.submit(chat(), A)).status).toBe(202)
    expect((await gateway.submit(chat(), A)).status).toBe(429)
  })

  test("a form that is refused by it leaves nothing behind", async () => {
    const gateway = await start({ config: limited(1) })
    await waitForEnd(gateway, await gateway.accept(chat(), A), A)
    const kept = gateway.count("bodies")
    const form = new FormData()
    form.append("model", "mock/whisper")
    form.append("file", new Blob([new Uint8Array(1024 * 1024)]), "a.wav")
    const response = await gateway.fetch("/v1/async/audio/transcriptions", { method: "POST", headers: A, body: form })
    expect(response.status).toBe(429)
    while (gateway.count("bodies") > kept || gateway.count("uploads") > 0) await gateway.fetch("/health")
  })
})

describe("a virtual key made by `asyncgate vk create`", () => {
  test("works in a running gateway without a restart, and its jobs are its own", async () => {
    const gateway = await start({ config: { client: { enforce_auth_on_inference: true } } })
    // What was unknown once is known as soon as it is made.
    expect((await gateway.submit(chat(), { "x-bf-vk": "sk-bf-not-yet" })).status).toBe(400)
    const keys: string[] = []
    for (const name of ["one", "two"]) {
      const made = await run(["vk", "create", name, "--app-dir", gateway.dir])
      expect(made.code).toBe(0)
      const [key = ""] = /sk-bf-\S+/.exec(made.stdout) ?? []
      keys.push(key)
    }
    const [one, two] = keys.map((key) => ({ authorization: `Bearer ${key}` }))
    const id = await gateway.accept(chat(), one)
    expect((await waitForEnd(gateway, id, one ?? {})).status).toBe("completed")
    expect((await gateway.poll(id, two)).status).toBe(404)
    expect((await gateway.submit(chat(), two)).status).toBe(202)
    expect((await gateway.submit(chat())).status).toBe(401)
  })

  test("is refused a name that another has, and the gateway keeps the first", async () => {
    const gateway = await start({})
    const first = await run(["vk", "create", "team", "--app-dir", gateway.dir])
    const second = await run(["vk", "create", "team", "--app-dir", gateway.dir])
    expect(first.code).toBe(0)
    expect(second.code).not.toBe(0)
    expect(second.stdout).toBe("")
    const [key = ""] = /sk-bf-\S+/.exec(first.stdout) ?? []
    expect((await gateway.submit(chat(), { "x-bf-vk": key })).status).toBe(202)
  })
})
