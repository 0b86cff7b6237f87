// plainjob on SQLite in a process of its own: `bun bench/peers/plainjob.ts ORDERS`, whose store is a directory.
import { Database } from "bun:sqlite"
import { join } from "node:path"
import { bun, defineQueue } from "plainjob"
import { byUpstream, type Chat, callUpstream, KEPT_SECONDS, readOrders, serve, type Upstream } from "./front.ts"

const { port, store, upstreams } = readOrders()
const database = new Database(join(store, "plainjob.db"), { strict: true })
const queue = defineQueue({
  connection: bun(database),
  removeDoneJobsOlderThan: KEPT_SECONDS * 1000,
  removeFailedJobsOlderThan: KEPT_SECONDS * 1000,
  logger: { error() {}, warn() {}, info() {}, debug() {} },
})
// What it sets itself, NORMAL, may lose accepted jobs when the machine fails.
database.run("PRAGMA synchronous = FULL")
// It keeps no results, so they lie beside its own tables.
database.run("CREATE TABLE IF NOT EXISTS results (id INTEGER PRIMARY KEY, completed_at INTEGER, result TEXT)")
const insertResult = database.query("INSERT INTO results VALUES (?, ?, ?)")
const selectResult = database.query<{ completed_at: number; result: string }, [string]>(
  "SELECT completed_at, result FROM results WHERE id = ?",
)
/** In one commit, because each costs an fsync. */
const finish = database.transaction((id: number, result: unknown) => {
  insertResult.run(id, Date.now(), JSON.stringify(result))
  queue.markJobAsDone(id)
})
const workers = byUpstream(upstreams, open)

serve(port, {
  async add(upstream, chat) {
    const { id } = queue.add(upstream, chat)
    workers(upstream).wake()
    return String(id)
  },
  async find(_, key) {
    const done = selectResult.get(key)
    if (done) return { completedAt: done.completed_at, result: JSON.parse(done.result) }
    const job = queue.getJobById(Number(key))
    return job && { completedAt: job.failedAt ?? undefined, failure: job.error ?? undefined }
  },
})

/**
 * Takes jobs of one upstream by the queue's own calls, as they come and as calls end.
 * Its workers do one job at a time and look for the next by a timer: with a hundred of them it does 1,450 jobs a second, so 1,900.
 */
function open(name: string, upstream: Upstream): { wake(): void } {
  let running = 0
  function take(): void {
    while (running < upstream.concurrency) {
      const claimed = queue.getAndMarkJobAsProcessing(name)
      if (!claimed) return
      running++
      void perform(upstream, claimed.id).finally(() => {
        running--
        take()
      })
    }
  }
  take()
  // After the answer to whoever brought the job.
  return { wake: () => void setImmediate(take) }
}

async function perform(upstream: Upstream, id: number): Promise<void> {
  try {
    const chat = JSON.parse(queue.getJobById(id)?.data ?? "null") as Chat
    finish(id, await callUpstream(upstream, chat))
  } catch (error) {
    queue.markJobAsFailed(id, String(error))
  }
}
