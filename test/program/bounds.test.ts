// What others say is kept as far as it is of use: rows, pages and the log do not grow with it, and what is cut says so.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import { CHAT, chat, type Gateway, type Job, launch } from "../harness.ts"
import { configFor, startUpstream, type Upstream } from "../upstream.ts"

setDefaultTimeout(240_000)

const key = { "x-bf-vk": "sk-bf-4e9b1d60c8a7f235" }
const PROMPT = "the moon landing was filmed in my garden"

let gateway: Gateway
let upstream: Upstream
beforeAll(async () => {
  upstream = startUpstream()
  const virtual_keys = [{ id: "team", name: "team", value: key["x-bf-vk"] }]
  gateway = await launch({ config: { ...configFor(upstream, { max_retries: 0 }), governance: { virtual_keys } } })
})
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

/** The terminal job of the virtual key. */
async function waitForEnd(id: string): Promise<Job> {
  const response = await gateway.poll(id, { ...key, prefer: "wait=60" })
  expect(response.status).toBe(200)
  return await response.json()
}

test("a job that fails is told of in one line: which, where, why, and nothing that its caller wrote", async () => {
  upstream.answer(({ body }) =>
    Response.json({ error: { message: `cannot serve ${body}`, code: "no_such_model" } }, { status: 404 }),
  )
  const id = await gateway.accept({ model: "up/m", messages: [{ role: "user", content: PROMPT }] })
  await gateway.end(id)
  const line = await readLine(id)
  expect(line).toMatchObject({
    level: "info",
    event: "job failed",
    provider: "up",
    model: "m",
    status: 404,
    code: "no_such_model",
  })
  expect(line.message).toStartWith("cannot serve")
  expect(gateway.log()).not.toContain("moon")
})

test("a job that ends at its deadline is told of too", async () => {
  upstream.answer(() => new Promise(() => {}))
  const response = await gateway.fetch(CHAT, {
    method: "POST",
    headers: { "content-type": "application/json", "cancel-after": "300ms" },
    body: JSON.stringify(chat({ model: "up/m" })),
  })
  const { id } = (await response.json()) as Job
  await gateway.end(id)
  expect(await readLine(id)).toMatchObject({ event: "job failed", code: "deadline_exceeded", status: 504 })
})

// Last: of a hundred that fail in one second only some have a line of their own.
test("errors of any length make small rows, and a page of a hundred of them is under 1 MB", async () => {
  const error = (n: number) => ({
    message: `${n} ${"\u0001é€".repeat(500_000)}`,
    type: "t".repeat(100_000),
    code: "c".repeat(100_000),
  })
  upstream.answer((_, n) => Response.json({ error: error(n) }, { status: 400 }))
  const ids = await Promise.all(
    Array.from({ length: 100 }, () =>
      gateway.accept(chat({ model: "up/m" }), { ...key, "x-request-id": "r".repeat(512) }),
    ),
  )
  for (const id of ids) expect((await waitForEnd(id)).status).toBe("failed")
  const { message } = (await waitForEnd(ids[0] ?? "")).error.error
  // Of a refusal of megabytes only the beginning is read.
  expect(message).toStartWith("the provider answered 400: ")
  expect(message).toContain("…")
  expect(message.length).toBeLessThan(4200)
  expect(gateway.count("jobs", "length(error) > 40000")).toBe(0)
  expect(gateway.count("attempts", "length(reason) > 5000")).toBe(0)
  const page = await (await gateway.fetch("/v1/async/jobs?limit=100", { headers: key })).text()
  expect(JSON.parse(page).data).toHaveLength(100)
  expect(page.length).toBeLessThan(1_000_000)
})

/** The log's line of a job, once it is there. */
async function readLine(id: string): Promise<Job> {
  for (;;) {
    const line = gateway
      .log()
      .split("\n")
      .find((text) => text.includes(id))
    if (line) return JSON.parse(line)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
