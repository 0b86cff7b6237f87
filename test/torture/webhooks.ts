// Kills under load with a webhook endpoint whose receiver fails a third of the time: every end is delivered at least once, under one id,
// and nothing is delivered of a job that has not ended.

import { join } from "node:path"
import { addEndpoint } from "../../bench/endpoint.ts"
import { findSignatureFault } from "../../src/webhooks/signing.ts"
import { openDatabase } from "../opendatabase.ts"
import type { KillOptions } from "./kills.ts"
import type { Ledger } from "./ledger.ts"
import { makeRandom, type Random } from "./plan.ts"
import { progress, type Section } from "./report.ts"
import { openSite, type Run, until } from "./site.ts"

/** Of the jobs of the kills under load: each has a delivery of its own. */
const JOBS_SHARE = 0.2
/** The receiver fails so often: half of it with a status, half by closing the connection. */
const FAILS = 1 / 3
const ROUND_MS_MAX = 15_000
const EXTRA_MS_MAX = 80
const END_MS_MAX = 60_000

/** It is tried again until it is taken. */
const impatient = { maxRetries: 1000, retryBackoffInitialMs: 20, retryBackoffMaxMs: 200, attemptTimeoutMs: 2000 }

interface Got {
  ids: Set<string>
  event: string
  status: string
  tries: number
  taken: number
}

type Receiver = ReturnType<typeof openReceiver>

export async function tortureByWebhooks(run: Run, { rounds, jobs: jobsOfKills }: KillOptions): Promise<Section[]> {
  const random = makeRandom(run.seed)
  const jobs = Math.ceil(jobsOfKills * JOBS_SHARE)
  const directory = join(run.stage, "webhooks")
  const mix = { seed: run.seed, hasFaults: true, hasActs: true, length: 200, callMs: 50 }
  const site = await openSite(run, { directory, mix })
  const { ledger, load } = site
  const receiver = openReceiver(ledger, random)
  receiver.secret = addEndpoint(directory, { name: "torture", url: receiver.url, ...impatient })

  load.submitting(true)
  for (let round = 0; round < rounds; round++) {
    progress(`kill ${round + 1} of ${rounds}, ${ledger.accepted()} jobs accepted, ${receiver.got.size} heard of`)
    await site.start()
    const goal = ledger.accepted() + (jobs - ledger.accepted()) / (rounds - round)
    const isThere = await site.until(() => ledger.accepted() >= goal, ROUND_MS_MAX)
    if (isThere === null) ledger.problem("a round that got nowhere", `${round + 1}: ${site.lastWords()}`)
    await Bun.sleep(random() * EXTRA_MS_MAX)
    await site.kill()
  }
  load.submitting(false)
  const last = await site.start()
  progress("all rounds done, waiting for the last delivery\n")
  const path = join(directory, "asyncgate.db")
  const isOver = () => ledger.unended() === 0 && count(path, "webhook_deliveries", "next_at IS NOT NULL") === 0
  const overAfterMs = await until(isOver, END_MS_MAX)
  if (overAfterMs === null) {
    ledger.problem("STUCK", `${count(path, "webhook_deliveries", "next_at IS NOT NULL")} deliveries are pending`)
  }
  const ends = check(ledger, receiver, path)
  const { verdict } = await site.finish(last.startedAt)
  receiver.close()
  const all = [...receiver.got.values()]
  const sum = (read: (got: Got) => number) => all.reduce((total, got) => total + read(got), 0)
  return [
    {
      name: "webhooks: kills under load, a receiver that fails a third of the time",
      figures: {
        kills: site.kills.length,
        "ended jobs in the store": ends,
        "jobs heard of": all.length,
        "webhooks received": sum(({ tries }) => tries),
        "taken again after they had been taken": sum(({ taken }) => Math.max(0, taken - 1)),
        "last start until the last delivery": overAfterMs === null ? "NEVER" : `${overAfterMs} ms`,
        "memory, peak": `${site.peakMb()} MB`,
      },
      verdict,
    },
  ]
}

function openReceiver(ledger: Ledger, random: Random) {
  const got = new Map<string, Got>()
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const body = await request.text()
      const id = request.headers.get("webhook-id") ?? ""
      const { event, data } = JSON.parse(body) as { event: string; data: { job_id: string; status: string } }
      const fault = findSignatureFault(receiver.secret, request.headers, body, Date.now() / 1000)
      if (fault !== null) ledger.problem("a wrong signature", `${id}: ${fault}`)
      const there = got.get(data.job_id) ?? { ids: new Set(), event, status: data.status, tries: 0, taken: 0 }
      got.set(data.job_id, there)
      there.ids.add(id)
      there.tries++
      if (there.event !== event || there.status !== data.status)
        ledger.problem("told otherwise before", `${data.job_id}: ${there.event}, then ${event}`)
      const chance = random()
      if (chance < FAILS / 2) return new Response("no", { status: 503 })
      // An answer that breaks off: whether it was taken is unknown to the gateway.
      if (chance < FAILS) return Response.error()
      there.taken++
      return new Response(null, { status: 204 })
    },
    error: () => new Response(null, { status: 500 }),
  })
  const receiver = { url: server.url.href, got, secret: "", close: () => void server.stop(true) }
  return receiver
}

/** Compares what was heard with what has ended; how many ended jobs the store has. */
function check(ledger: Ledger, { got }: Receiver, path: string): number {
  const database = openDatabase(path, { readonly: true })
  const rows = database.query<{ id: string; state: string }, []>("SELECT id, state FROM jobs").all()
  database.close()
  const states = new Map(rows.map(({ id, state }) => [id, state]))
  const removed = new Set(ledger.entries.filter(({ removedAt }) => removedAt !== null).map(({ id }) => id))
  for (const [id, state] of states) {
    const event = state === "succeeded" ? "async_job.completed" : "async_job.failed"
    const heard = got.get(id)
    if (heard === undefined || heard.taken === 0)
      ledger.problem("LOST", `the end of ${id} (${state}) was not delivered`)
    else if (heard.event !== event) ledger.problem("a wrong event", `${id} has ${state}, and ${heard.event} was told`)
  }
  for (const [id, { ids }] of got) {
    if (!states.has(id) && !removed.has(id)) ledger.problem("told of a job that is not there", id)
    if (ids.size !== 1) ledger.problem("several ids for one end", `${id}: ${[...ids].join(", ")}`)
  }
  return rows.length
}

function count(path: string, table: string, condition: string): number {
  const database = openDatabase(path, { readonly: true })
  const row = database.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table} WHERE ${condition}`).get()
  database.close()
  return row?.n ?? 0
}
