// A floor in a process of its own: the least that anything of its kind must do. `bun bench/floor.ts KIND ANSWER_BYTES DIRECTORY`
import { Database } from "bun:sqlite"
import { join } from "node:path"
import { Elysia } from "elysia"

/** A POST of JSON to `/` is answered 202, and by `bun` and `elysia` a poll 200: both with ANSWER_BYTES bytes. */
export type FloorKind = "bun" | "elysia" | "insert" | "grouped"

/** From so many bytes on an answer is kept as bytes: a string would be encoded anew for each. */
const BYTES_MIN = 65_536

const [kind, answerBytes, directory = "."] = process.argv.slice(2)
const accepted = { filler: "x".repeat(Number(answerBytes) - '{"filler":""}'.length) }
const text = JSON.stringify(accepted)
const answer = text.length < BYTES_MIN ? text : new TextEncoder().encode(text)
const address = { hostname: "127.0.0.1", port: 0, reusePort: false }
const floors: Record<FloorKind, () => number | undefined> = { bun, elysia, insert, grouped }

const port = floors[kind as FloorKind]()
process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`)

function bun() {
  return Bun.serve({
    ...address,
    async fetch(request) {
      if (request.method === "GET") return new Response(answer)
      await request.json()
      return Response.json(accepted, { status: 202 })
    },
  }).port
}

function elysia() {
  return (
    new Elysia()
      // A body that is no object was not parsed: the 400 makes the measurement fail.
      .post("/", ({ body, status }) => status(typeof body === "object" ? 202 : 400, accepted))
      .get("/v1/async/chat/completions/:id", ({ params }) => (params.id === "" ? "" : answer))
      .listen(address).server?.port
  )
}

/** One durable commit for each request, and nothing else: the body is not even parsed. */
function insert() {
  const { add } = openDatabase()
  return Bun.serve({
    ...address,
    async fetch(request) {
      add(await request.text())
      return Response.json(accepted, { status: 202 })
    },
  }).port
}

/** One durable commit for all requests of a turn of the event loop. */
function grouped() {
  const { database, add } = openDatabase()
  let waiting: { body: string; done: () => void }[] = []
  const flush = () => {
    const batch = waiting
    waiting = []
    database.transaction(() => {
      for (const { body } of batch) add(body)
    })()
    for (const { done } of batch) done()
  }
  return Bun.serve({
    ...address,
    async fetch(request) {
      const body = await request.text()
      await new Promise<void>((done) => {
        if (waiting.push({ body, done }) === 1) setImmediate(flush)
      })
      return Response.json(accepted, { status: 202 })
    },
  }).port
}

function openDatabase() {
  const database = new Database(join(directory, "floor.db"))
  database.run("PRAGMA journal_mode = WAL")
  database.run("PRAGMA synchronous = FULL")
  database.run("CREATE TABLE jobs (id TEXT PRIMARY KEY, body TEXT NOT NULL)")
  const statement = database.query("INSERT INTO jobs (id, body) VALUES (?, ?)")
  return { database, add: (body: string) => void statement.run(Bun.randomUUIDv7(), body) }
}
