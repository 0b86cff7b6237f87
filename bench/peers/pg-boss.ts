// pg-boss on PostgreSQL in a process of its own: `bun bench/peers/pg-boss.ts ORDERS`, whose store is the address of a database.
import { SQL } from "bun"
import { fromBunSql, PgBoss } from "pg-boss"
import { byUpstream, type Chat, callUpstream, KEPT_SECONDS, readOrders, serve, TRIES, type Upstream } from "./front.ts"

const CONNECTIONS = 20
/** For jobs that are due again after a failure: the others are announced. */
const POLL_EVERY_MS = 500

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
 * Takes jobs of one upstream by `fetch` and `complete`, as they come and as calls end.
 * By `work` a worker waits for the slowest of the jobs it took together, so a job for another waiting call: 20 ms for its turn at 500/s.
 * LISTEN and NOTIFY would wake every worker for every job, and make commits wait for each other: 1,300 jobs a second.
 */
async function open(name: string, upstream: Upstream): Promise<{ wake(): void }> {
  await boss.createQueue(name, { retryLimit: TRIES - 1, retryBackoff: true, deleteAfterSeconds: KEPT_SECONDS })
  let running = 0
  let isFetching = false
  let isWoken = false

  async function take(): Promise<void> {
    isWoken = true
    if (isFetching) return
    isFetching = true
    while (isWoken && running < upstream.concurrency) {
      isWoken = false
      const jobs = await boss.fetch<Chat>(name, { batchSize: upstream.concurrency - running })
      running += jobs.length
      for (const { id, data } of jobs) void perform(name, upstream, id, data).finally(ended)
    }
    isFetching = false
  }

  function ended(): void {
    running--
    void take()
  }

  setInterval(take, POLL_EVERY_MS)
  return { wake: () => void take() }
}

async function perform(name: string, upstream: Upstream, id: string, chat: Chat): Promise<void> {
  try {
    await boss.complete(name, id, (await callUpstream(upstream, chat)) as object)
  } catch (error) {
    await boss.fail(name, id, { message: String(error) })
  }
}
