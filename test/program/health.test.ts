// A store that cannot be written or read: said plainly, never disguised, and over by itself.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { join } from "node:path"
import { chat, type Gateway, type Job, launch } from "../harness.ts"
import { openDatabase } from "../opendatabase.ts"

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch()
})
afterAll(() => gateway.dispose())

async function healthBecomes(status: number): Promise<Response> {
  for (;;) {
    const response = await gateway.fetch("/health")
    if (response.status === status) return response
  }
}

test("while another program holds the write lock: submits get 503, polls go on, /health says 503; then all is well again", async () => {
  const id = await gateway.accept(chat())
  await gateway.end(id)
  const other = openDatabase(join(gateway.dir, "asyncgate.db"))
  other.run("BEGIN IMMEDIATE")
  const refused = await gateway.submit(chat())
  const error = (await refused.json()) as Job
  expect(refused.status).toBe(503)
  expect(refused.headers.get("retry-after")).toBe("1")
  expect(error.error).toMatchObject({ code: "store_unavailable" })
  expect(await (await healthBecomes(503)).json()).toMatchObject({ status: "unavailable" })
  expect((await gateway.poll(id)).status).toBe(200)
  other.run("ROLLBACK")
  other.close()
  await healthBecomes(200)
  expect((await gateway.end(await gateway.accept(chat()))).status).toBe("completed")
}, 240_000)

test("a store that cannot be read answers 503, never 404", async () => {
  const id = await gateway.accept(chat())
  await gateway.end(id)
  const other = openDatabase(join(gateway.dir, "asyncgate.db"))
  other.run("ALTER TABLE jobs RENAME TO jobs_gone")
  const answer = await gateway.poll(id)
  expect(answer.status).toBe(503)
  expect(((await answer.json()) as Job).error.code).toBe("store_unavailable")
  expect((await gateway.fetch("/health")).status).toBe(503)
  other.run("ALTER TABLE jobs_gone RENAME TO jobs")
  other.close()
  expect((await gateway.poll(id)).status).toBe(200)
}, 240_000)
