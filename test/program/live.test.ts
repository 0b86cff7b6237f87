// What the gateway tells of itself while it runs: who the caller is, its counts, its queues, its providers and its virtual keys.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Gateway, type Job, launch, run } from "../harness.ts"
import { openWire, virtualKeys, type Wire } from "../wire/gateway.ts"

type Headers = Record<string, string>

const OWN = { "x-api-key": "sk-own-key-of-a-caller" }

async function read(from: Pick<Gateway, "fetch">, path: string, headers: Headers = {}): Promise<Job> {
  const response = await from.fetch(path, { headers })
  expect({ path, status: response.status }).toEqual({ path, status: 200 })
  expect(response.headers.get("cache-control")).toBe("no-store")
  return (await response.json()) as Job
}

let shared: Wire
let admin: Headers
beforeAll(async () => {
  shared = await openWire()
  admin = { authorization: `Bearer ${await shared.own.adminToken()}` }
})
afterAll(() => shared.dispose())

describe("who the caller is", () => {
  const ask = (headers: Headers = {}, from: Pick<Gateway, "fetch"> = shared) => read(from, "/v1/async/me", headers)
  const nothing = { list: false, operate: false, manage_keys: false }

  test("is told to the admin, to a virtual key with its limits, to a caller's own key and to anybody", async () => {
    expect(await ask(admin)).toMatchObject({
      kind: "admin",
      virtual_key: null,
      may: { list: true, operate: true, manage_keys: true },
    })
    const rare = await ask({ "x-bf-vk": virtualKeys.rare })
    expect(rare).toMatchObject({ kind: "virtual_key", may: { ...nothing, list: true } })
    expect(rare.virtual_key).toMatchObject({ id: "vk-rare", name: "rare", is_active: true, requests_per_minute: 2 })
    expect(JSON.stringify(rare)).not.toContain(virtualKeys.rare)
    expect(await ask(OWN)).toMatchObject({ kind: "caller_key", virtual_key: null, may: { ...nothing, list: true } })
    expect(await ask()).toMatchObject({ kind: "anonymous", virtual_key: null, may: nothing })
  })

  test("is the sole user of a gateway without virtual keys, until the first one is made", async () => {
    const gateway = await launch({ config: { ui: { bodies: false } } })
    const may = { list: true, operate: true, manage_keys: false }
    expect(await ask({}, gateway)).toEqual({
      kind: "sole_user",
      virtual_key: null,
      may,
      ui: { bodies: false },
      version: gateway.facts.version,
    })
    expect(await ask({ "x-forwarded-for": "10.0.0.7" }, gateway)).toMatchObject({ kind: "anonymous", may: nothing })
    expect((await run(["vk", "create", "first", "--app-dir", gateway.dir])).code).toBe(0)
    expect(await ask({}, gateway)).toMatchObject({ kind: "anonymous", may: nothing })
    await gateway.dispose()
  })
})
