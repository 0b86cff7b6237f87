// Graphile Worker on PostgreSQL in a process of its own: `bun bench/peers/graphile-worker.ts ORDERS`, whose store is the address of a
// database. It deletes a job that is done, so a table beside it keeps what came back, as any user's task would.
import { Logger, makeWorkerUtils, run, type Task } from "graphile-worker"
import { Pool } from "pg"
import { byUpstream, type Chat, callUpstream, readOrders, serve, TRIES, type Upstream } from "./front.ts"

const CONNECTIONS = 20
/** The first line on standard output is the address of the front. */
const logger = new Logger(() => (level, message) => process.stderr.write(`${level}: ${message}\n`))

const { port, store, upstreams } = readOrders()
const pgPool = new Pool({ connectionString: store, max: CONNECTIONS })
await pgPool.query(
  "CREATE TABLE IF NOT EXISTS results (job_id bigint PRIMARY KEY, completed_at timestamptz, result jsonb)",
)
const utils = await makeWorkerUtils({ pgPool, logger })
await utils.migrate()
for (const [name, upstream] of Object.entries(upstreams)) await work(name, upstream)
const queues = byUpstream(upstreams, (name) => name)

serve(port, {
  async add(upstream, chat) {
    const { id } = await utils.addJob(queues(upstream), chat, { maxAttempts: TRIES })
    return id
  },
  async find(_, key) {
    const { rows } = await pgPool.query("SELECT completed_at, result FROM results WHERE job_id = $1", [key])
    if (rows.length > 0) return { completedAt: rows[0].completed_at, result: rows[0].result }
    const { rows: jobs } = await pgPool.query(
      "SELECT attempts >= max_attempts AS has_failed, updated_at, last_error FROM graphile_worker.jobs WHERE id = $1",
      [key],
    )
    if (jobs.length === 0) return undefined
    const { has_failed, updated_at, last_error } = jobs[0]
    return has_failed ? { completedAt: updated_at, failure: last_error, result: null } : { result: null }
  },
})

/**
 * A runner for each upstream, because its calls at a time are those of a runner. Its local queue and the completion in batches are what its
 * documents advise for many jobs: https://worker.graphile.org/docs/performance
 */
async function work(name: string, upstream: Upstream): Promise<void> {
  const perform: Task = async (payload, { job, query }) => {
    const result = JSON.stringify(await callUpstream(upstream, payload as Chat))
    await query("INSERT INTO results VALUES ($1, now(), $2) ON CONFLICT DO NOTHING", [job.id, result])
  }
  await run({
    pgPool,
    logger,
    taskList: { [name]: perform },
    noHandleSignals: true,
    preset: {
      worker: {
        concurrentJobs: upstream.concurrency,
        localQueue: { size: upstream.concurrency },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
  })
}
