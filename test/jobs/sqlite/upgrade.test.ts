import type { Database } from "bun:sqlite"
import { afterEach, beforeEach, expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Claimed } from "../../../src/jobs/job.ts"
import { migrations, openWriter } from "../../../src/jobs/sqlite/database.ts"
import { claimDirectory } from "../../../src/jobs/sqlite/directory.ts"
import { createStore, type SqliteStore } from "../../../src/jobs/sqlite/sqlitestore.ts"
import { tempDir } from "../../cleanup.ts"
import {
  createWorld,
  doTurn,
  insertJob,
  makeClaim,
  makeEnd,
  makeFinish,
  makeRequeue,
  makeSubmit,
  NOON,
  newJob,
  states,
  type World,
} from "../../factory.ts"
import { showBodies } from "../../harness.ts"
import { copyToOlder } from "../../older.ts"

let world: World
let dir: string
beforeEach(() => {
  world = createWorld()
  dir = tempDir()
})
afterEach(() => world.dispose())

/** Jobs in every state, some with several attempts, fallbacks, bodies of several kinds and sizes, and a request that is being received. */
function fillWithJobs({ store, database }: World): void {
  for (const state of states) insertJob(database, state, { owner: "vk:a" })
  const used = { input_tokens: 3, output_tokens: 4 }
  for (const length of [10, 300_000, 700_000]) {
    doTurn(
      store,
      makeSubmit(newJob({ owner: "vk:a", model: `m${length}`, body: "x".repeat(length), idempotencyKey: `${length}` })),
    )
    const [first] = doTurn(store, makeClaim({ lane: { ...laneOfModel(`m${length}`) } })).jobs
    doTurn(store, makeRequeue(first as Claimed, { end: makeEnd({ outcome: "refused", status: 503, reason: "busy" }) }))
    const [again] = doTurn(store, makeClaim({ lane: { ...laneOfModel(`m${length}`) } })).jobs
    const content = { type: "audio/mpeg", bytes: Buffer.from("sound".repeat(length)) }
    const answer = { result: `{"a":"${"y".repeat(length)}"}`, usage: '{"total_tokens":7}', content }
    doTurn(store, makeFinish(again as Claimed, { end: makeEnd({ keyName: "main", used, cost: 0.25 }), answer }))
  }
  doTurn(store, { kind: "upload", jobId: newJob().id, part: { kind: "request", seq: 0, bytes: Buffer.from("part") } })
}

function laneOfModel(model: string) {
  return { provider: "mock", model, keyChoice: "", owner: "vk:a", priority: 1 }
}

/** Everything that is stored, in all tables. */
function readAll(database: Database) {
  const all = (sql: string) => database.query<Record<string, unknown>, []>(sql).all()
  return {
    jobs: all("SELECT * FROM jobs ORDER BY number").map(({ last_attempt, ...job }) => job),
    attempts: all("SELECT * FROM attempt_log ORDER BY job, attempt"),
    bodies: all("SELECT job_id, kind, seq, hex(data) AS data FROM bodies ORDER BY job_id, kind, seq"),
    uploads: all("SELECT * FROM uploads"),
    spent: all(
      "SELECT owner, day, sum(input_tokens + output_tokens) AS tokens, sum(cost) AS cost FROM usage_daily GROUP BY 1, 2",
    ),
  }
}

test.each(migrations.slice(1).map((_, index) => index + 1))(
  "a database of schema version %d keeps every job in every state, with its attempts and bodies",
  (version) => {
    fillWithJobs(world)
    const before = readAll(world.database)
    expect(before.jobs.length).toBe(states.length + 3)
    expect(before.attempts.length).toBe(6)
    const path = join(dir, "asyncgate.db")
    copyToOlder(world.directory.databasePath, path, version)
    const directory = claimDirectory(dir)
    const database = openWriter(path)
    showBodies(database)
    expect(readAll(database)).toEqual(before)
    const store: SqliteStore = createStore(database)
    const [running] = store.remains().running
    expect(doTurn(store, makeFinish(running as Claimed), NOON)).toBe(true)
    store.close()
    directory.release()
  },
)

/** SHA-256 of each migration. A new one is added here; one that is here is never edited: databases in use have run it. */
const frozen = [
  ["0000_jobs.sql", "40942c1b9b30d03e6583879cf457fc72a3b74dc88c17bcee047d25e8206ccc8c"],
  ["0001_sealed_and_fallbacks.sql", "6de15cc1a23d117e179786166eae683bf00c43e3aecff34da1a244b42fe7bec3"],
  ["0002_numbers_from_ids.sql", "0d2aa31abe9752eca9f7d357d2d8981df5bf93121b01c44c70d7fbf25b07e4e6"],
  ["0003_origin_and_usage.sql", "3848c48ea0c2ecc2a728be11d5e52f1a54101fa54ce4f04b9d36d3ceac9ac0f2"],
  ["0004_webhooks.sql", "18d7f6f7e387b46af4bfeabc5b87e9ffdfb4b65d0e763190f91229c0d52173a8"],
  ["0005_batches.sql", "22f3ccb11c2b4331a02def38ba86f5bf5dc3125309ba7ad2a4719d36f88a1887"],
  ["0006_batch_cost.sql", "a9b9c7e4466c5299a383e7c4fb3e90addc1d951b73ee5833da955d5888f7e72b"],
  ["0007_answer_events.sql", "b4004dc45853c10a823243c790dd8cc6ecaa228350cf40572b789436d114de55"],
  ["0008_conversations.sql", "99c26a01bd272b2ce4421124e79a54525825e22be41a890b106512ff1bf3f981"],
  ["0009_stored_responses.sql", "5747cdc7be6436188477832ac33ba9e97842b6ebbfea96c6e39042ebe9a44c0f"],
  ["0010_answer_event_numbers.sql", "cf5e92bad94d90e62179c96458d5a224b314e586afa2f93150695f6d4373a007"],
] as const

test("no migration that databases have run is edited, and each is listed", () => {
  const folder = join(import.meta.dir, "../../../drizzle")
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"))
  expect(names.sort()).toEqual(frozen.map(([name]) => name))
  const digest = (name: string) => new Bun.CryptoHasher("sha256").update(readFileSync(join(folder, name))).digest("hex")
  expect(names.map((name) => [name, digest(name)])).toEqual(frozen.map((row) => [...row]))
})
