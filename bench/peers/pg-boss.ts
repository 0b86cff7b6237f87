// pg-boss on PostgreSQL in a process of its own: `bun bench/peers/pg-boss.ts ORDERS`, whose store is the address of a database.
import { SQL } from "bun"
import { fromBunSql, type JobResult, PgBoss } from "pg-boss"
import { byUpstream, type Chat, callUpstream, KEPT_SECONDS, readOrders, serve, TRIES, type Upstream } from "./front.ts"

/** Jobs that a worker takes at a time: with 50 it does 3,200 jobs a second but a job waits 30 ms for its turn, with 10 1,900 and 8 ms. */
const BATCH = 20
const CONNECTIONS = 20

const { port, store, upstreams } = readOrders()
// Over Bun's own driver it is a fifth faster than over pg.
const boss = new PgBoss({ db: fromBunSql(new SQL(store, { max: CONNECTIONS })) })
boss.on("error", (error) => process.stderr.write(`${error}\n`))
await boss.start()
const queues = byUpstream(upstreams, open)

serve(port, {
  async add(upstream, chat) {
    const { wake } = await queues(upstream)
    const id = await boss.send(upstream, chat)
    if (id === null) throw new Error("pg-boss did not take the job")
    wake()
    return id
  },
  async find(upstream, key) {
    const job = await boss.getJobById<Chat>(upstream, key)
    if (!job) return undefined
    const failure = job.state === "failed" ? JSON.stringify(job.output) : undefined
    return { completedAt: job.completedOn ?? undefined, failure, result: job.output }
  },
})

/**
 * A queue and its workers, one of which `wake` lets look for jobs at once, in turns.
 * LISTEN and NOTIFY would wake them all for every job, and make commits wait for each other: 1,300 jobs a second instead of 2,700.
 */
async function open(name: string, upstream: Upstream): Promise<{ wake(): void }> {
  await boss.createQueue(name, { retryLimit: TRIES - 1, retryBackoff: true, deleteAfterSeconds: KEPT_SECONDS })
  const batchSize = Math.min(BATCH, upstream.concurrency)
  const workers: string[] = []
  while (workers.length * batchSize < upstream.concurrency) {
    const options = { batchSize, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5, perJobResults: true } as const
    workers.push(
      await boss.work<Chat, unknown, typeof options>(name, options, (jobs) =>
        Promise.all(jobs.map(({ id, data }) => end(id, upstream, data))),
      ),
    )
  }
  let turn = 0
  return { wake: () => boss.notifyWorker(workers[turn++ % workers.length] ?? "") }
}

async function end(id: string, upstream: Upstream, chat: Chat): Promise<JobResult> {
  try {
    return { id, status: "completed", output: await callUpstream(upstream, chat) }
  } catch (error) {
    return { id, status: "failed", output: String(error) }
  }
}
