// What was used by day, as the gateway tells it to the admin and to each caller, and what is left of budgets.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Job } from "../harness.ts"
import { expectRefusal, openWire, virtualKeys, type Wire } from "../wire/gateway.ts"
import { chat, findType } from "../wire/types.ts"

type Headers = Record<string, string>

const USAGE = "/v1/async/usage"
const A = { "x-bf-vk": virtualKeys.a }
const B = { "x-bf-vk": virtualKeys.b }

let wire: Wire
let admin: Headers
beforeAll(async () => {
  wire = await openWire()
  admin = { authorization: `Bearer ${await wire.own.adminToken()}` }
})
afterAll(() => wire.dispose())

async function read(query: string, headers: Headers): Promise<Job> {
  const response = await wire.fetch(`${USAGE}${query}`, { headers })
  expect(response.status).toBe(200)
  expect(response.headers.get("cache-control")).toBe("no-store")
  return (await response.json()) as Job
}

describe("what was used", () => {
  test("is the sum of a caller's calls, and stays when their jobs are deleted", async () => {
    const jobs = [await wire.run(chat, {}, A), await wire.run(chat, { model: "mock/other" }, A)]
    await wire.run(chat, { mock: { status: 404 } }, A)
    await wire.run(findType("embedding"), {}, B)
    const tokens = jobs.reduce((sum, { result }) => sum + result.usage.total_tokens, 0)
    for (const { id } of jobs)
      expect((await wire.fetch(`/v1/async/jobs/${id}`, { method: "DELETE", headers: A })).status).toBe(204)
    const { object, data } = await read("", A)
    expect(object).toBe("list")
    expect(data).toEqual([
      {
        day: new Date().toISOString().slice(0, 10),
        calls: 3,
        input_tokens: expect.any(Number),
        output_tokens: expect.any(Number),
        total_tokens: tokens,
        cost_usd: 0,
        // A refused call is billed by nobody.
        calls_without_cost: 2,
      },
    ])
    const models = (await read("?by=model", A)).data
    expect(models.map(({ model, calls }: Job) => [model, calls])).toEqual([
      ["echo", 2],
      ["other", 1],
    ])
    expect(models[0]).not.toHaveProperty("day")
  })

  test("is told apart by provider, type, owner and key for the admin, and nobody else sees another's", async () => {
    const { data } = await read("?by=provider,type,owner,key", admin)
    expect(
      data.map(({ provider, type, owner, key_name, calls }: Job) => ({
        provider,
        type,
        owner: owner.id,
        key_name,
        calls,
      })),
    ).toEqual([
      { provider: "mock", type: "chat_completion", owner: "vk-a", key_name: null, calls: 3 },
      { provider: "mock", type: "embedding", owner: "vk-b", key_name: null, calls: 1 },
    ])
    expect((await read("?by=", admin)).data).toMatchObject([{ calls: 4 }])
    expect((await read("?by=owner", B)).data).toMatchObject([{ owner: { kind: "virtual_key", id: "vk-b" }, calls: 1 }])
    expect((await read("?by=day", { "x-api-key": "sk-own-key-of-a-caller" })).data).toEqual([])
  })

  test("lies within the days that are asked for", async () => {
    expect((await read("?from=2026-01-01&to=2026-01-31", admin)).data).toEqual([])
    const today = new Date().toISOString().slice(0, 10)
    expect((await read(`?from=${today}&to=${today}`, admin)).data).toMatchObject([{ day: today, calls: 4 }])
  })

  test("shows what budgets have left, to the admin those of all keys", async () => {
    const thrifty = { "x-bf-vk": virtualKeys.thrifty }
    const { result } = await wire.run(chat, {}, thrifty)
    const { budgets } = await read("", thrifty)
    expect(budgets).toEqual([
      {
        virtual_key: { id: "vk-thrifty", name: "thrifty" },
        period: "day",
        tokens: { limit: 1, used: result.usage.total_tokens, resets_at: expect.stringMatching(/T00:00:00\.000Z$/) },
        cost_usd: null,
      },
    ])
    expect((await read("", admin)).budgets).toEqual(budgets)
    expect((await read("", A)).budgets).toEqual([])
  })

  test("holds a call whose job was deleted while it was out", async () => {
    const { id } = await wire.accept(chat, { model: "mock/gone", mock: { hang: true } }, A)
    const readState = async () => ((await (await wire.poll(chat, id, A)).json()) as Job).status
    while ((await readState()) !== "processing") await wire.fetch("/health")
    expect((await wire.fetch(`/v1/async/jobs/${id}`, { method: "DELETE", headers: A })).status).toBe(204)
    const models = (await read("?by=model", A)).data
    expect(models.find(({ model }: Job) => model === "gone")).toMatchObject({ calls: 1, calls_without_cost: 1 })
  })

  test.each([
    ["from=yesterday", "from", /^from must be a day of UTC, as 2026-01-31$/],
    ["to=2026-02-30", "to", /^to must be a day/],
    ["from=2026-02-02&to=2026-02-01", "from", /^from must not be after to$/],
    ["by=week", "by", /^by must be a list, with commas, of day, provider, model, type, owner, key$/],
    ["by=day&by=model", "by", /^by is given twice: send it once$/],
    ["group=day", "group", /^unknown parameter "group"; supported: from, to, by$/],
  ])("refuses ?%s", async (query, param, message) => {
    await expectRefusal(await wire.fetch(`${USAGE}?${query}`, { headers: A }), { status: 400, message, param })
  })
})

test("what was used has every call whose answer its client has", async () => {
  for (let calls = 1; calls <= 50; calls++) {
    const body = JSON.stringify({ model: "mock/told", messages: [{ role: "user", content: "Hello" }] })
    const headers = { ...A, "content-type": "application/json" }
    await (await wire.fetch("/v1/chat/completions", { method: "POST", headers, body })).text()
    const { data } = await read("?by=model", A)
    expect(data.find(({ model }: Job) => model === "told")?.calls).toBe(calls)
  }
})
