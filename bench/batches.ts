// `bun run bench:batches`: what a batch costs, on the compiled binary: its lines beside jobs that are submitted, the memory it takes, and
// what interactive callers notice of it. ASYNCGATE_BINARY names another binary; `--json` keeps everything in bench/results/, `--lines N`
// is the length of the batch.
import { existsSync } from "node:fs"
import { loadavg } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { type Context, load, memoryMb, startGateway, startUpstreams } from "./gateway.ts"
import { machine, versions } from "./machine.ts"
import { chatRequest } from "./request.ts"
import { keep } from "./results.ts"
import { median } from "./spread.ts"
import { createStage, quit, type Server } from "./stage.ts"
import { judge, listMissed, type Measurement, renderTable } from "./table.ts"
import { inTurns } from "./turns.ts"

const RUN_MS_MAX = 40 * 60_000
/** A busy machine takes its time. */
const LOAD_MS_MAX = 10 * 60_000
const CONNECTIONS = 64
const ASK_EVERY_MS = 50
/** Interactive callers beside the batch. */
const PER_SECOND = 100
const CALLS = 1500
const WARM_UP = 300
const ENDPOINT = "/v1/chat/completions"

const home = join(import.meta.dir, "..")
const { values: asked } = parseArgs({
  options: { json: { type: "boolean", default: false }, lines: { type: "string", default: "50000" } },
})
const LINES = Number(asked.lines)
const binary = process.env["ASYNCGATE_BINARY"] ?? join(home, "dist", "asyncgate")

await main()

async function main(): Promise<void> {
  if (!existsSync(binary)) quit(1, `${binary} is not there: bun run build makes it`)
  const stage = createStage(join(home, "dist"), RUN_MS_MAX)
  const facts = { machine: machine(), versions: versions() }
  process.stdout.write(`${JSON.stringify(facts)}\n`)
  const context: Context = { stage, binary, upstreams: await startUpstreams(stage), soakMinutes: null }
  const verdicts = []
  const raw: Record<string, unknown> = {}
  for (const measure of [measureRates, measureCallers]) {
    const { rows, raw: found } = await measure(context)
    const judged = rows.map(judge)
    verdicts.push(...judged)
    // At once, because the next one takes minutes.
    process.stdout.write(`${renderTable(judged)}\n`)
    raw[measure.name] = { load: loadavg()[0] ?? Number.NaN, ...found }
  }
  process.stdout.write(`${listMissed(verdicts)}\nload ${loadavg()[0]?.toFixed(1)}\n`)
  if (asked.json) keep({ date: new Date().toISOString(), ...facts, verdicts, raw }, "batches-")
  process.exit(0)
}

/** A whole batch, from its creation until its results are written, beside as many jobs that are submitted. */
async function measureRates(context: Context): Promise<Measurement> {
  const { stage } = context
  const gateways = { jobs: await startGateway(context), batch: await startGateway(context) }
  const idleMb = memoryMb(gateways.batch.pid)
  let peakMb = 0
  /** What the batches of all rounds did, in ms. */
  const phases: Record<string, number> = {}
  const rounds = await inTurns(["jobs", "batch"] as const, async (name) => {
    const { url, pid } = gateways[name]
    if (name === "jobs") {
      const plan = { url, model: "instant/any", jobs: LINES, kind: "burst", connections: CONNECTIONS } as const
      return (LINES * 1000) / (await load(stage, plan, LOAD_MS_MAX)).endedAfterMs
    }
    const file = await upload(gateways.batch)
    const began = Date.now()
    const id = await create(gateways.batch, file)
    for (let since = began, now = began; ; since = now) {
      const { status, hasEnded } = await look(gateways.batch, id)
      now = Date.now()
      phases[status] = (phases[status] ?? 0) + now - since
      peakMb = Math.max(peakMb, memoryMb(pid))
      if (hasEnded) break
    }
    return (LINES * 1000) / (Date.now() - began)
  })
  for (const gateway of Object.values(gateways)) await gateway.stop()
  return {
    rows: [
      {
        what: `lines of a batch of ${LINES}`,
        measured: median(rounds.batch),
        unit: "/s",
        beside: { what: `jobs, ${CONNECTIONS} connections`, measured: median(rounds.jobs) },
        bar: { ratioAtLeast: 0.9 },
      },
      {
        what: "  memory above that of an idle gateway, peak",
        measured: peakMb - idleMb,
        unit: "MB",
        bar: { atMost: 60 },
      },
    ],
    raw: { rounds, phases, idleMb, peakMb },
  }
}

/** Submits at a fixed rate, with a batch that runs all the time and without one. */
async function measureCallers(context: Context): Promise<Measurement> {
  const { stage } = context
  const gateways = { alone: await startGateway(context), beside: await startGateway(context) }
  const file = await upload(gateways.beside)
  const rounds = await inTurns(["alone", "beside"] as const, async (name) => {
    const gateway = gateways[name]
    const plan = { url: gateway.url, model: "short/any", jobs: CALLS, kind: "paced", perSecond: PER_SECOND } as const
    const busy = name === "beside" ? keepBusy(gateway, file) : null
    const { submitMs } = await load(stage, { ...plan, warmUpJobs: WARM_UP }, LOAD_MS_MAX)
    await busy?.()
    return submitMs.p99
  })
  for (const gateway of Object.values(gateways)) await gateway.stop()
  return {
    rows: [
      {
        what: `submits at ${PER_SECOND}/s beside a batch, p99`,
        measured: median(rounds.beside),
        unit: "ms",
        beside: { what: "without one", measured: median(rounds.alone) },
        bar: { ratioAtMost: 1.5 },
      },
    ],
    raw: { rounds },
  }
}

/** Runs one batch after the other, until the function that is returned is called. */
function keepBusy(gateway: Server, file: string): () => Promise<void> {
  let isOver = false
  const run = async () => {
    while (!isOver) {
      const id = await create(gateway, file)
      while (!(await look(gateway, id)).hasEnded) {
        if (isOver) await fetch(`${gateway.url}/v1/batches/${id}/cancel`, { method: "POST" })
      }
    }
  }
  const running = run()
  return () => {
    isOver = true
    return running
  }
}

async function upload({ url }: Server): Promise<string> {
  const body = JSON.parse(chatRequest("instant/any")) as object
  const lines = Array.from({ length: LINES }, (_, n) =>
    JSON.stringify({ custom_id: `line-${n}`, method: "POST", url: ENDPOINT, body }),
  )
  const form = new FormData()
  form.set("purpose", "batch")
  form.set("file", new File([lines.join("\n")], "in.jsonl"))
  return await readId(await fetch(`${url}/v1/files`, { method: "POST", body: form }))
}

async function create({ url }: Server, file: string): Promise<string> {
  const body = JSON.stringify({ input_file_id: file, endpoint: ENDPOINT, completion_window: "24h" })
  const headers = { "content-type": "application/json" }
  return await readId(await fetch(`${url}/v1/batches`, { method: "POST", headers, body }))
}

async function readId(response: Response): Promise<string> {
  if (!response.ok) throw new Error(await response.text())
  return ((await response.json()) as { id: string }).id
}

/** @throws where it has not ended well */
async function look({ url }: Server, id: string): Promise<{ status: string; hasEnded: boolean }> {
  await Bun.sleep(ASK_EVERY_MS)
  const batch = (await (await fetch(`${url}/v1/batches/${id}`)).json()) as {
    status: string
    request_counts: { completed: number }
  }
  const { status, request_counts } = batch
  if (status === "failed" || (status === "completed" && request_counts.completed !== LINES))
    throw new Error(JSON.stringify(batch))
  return { status, hasEnded: status === "completed" || status === "cancelled" }
}
