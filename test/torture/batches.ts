// Kills while a batch is checked, run and written: every line is once in its two files, in its order, and the provider is called again
// only for what was out at a kill.
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { LINES_MAX } from "../../src/batches/inputlines.ts"
import { EXAMPLES_MAX } from "./ledger.ts"
import { makeRandom } from "./plan.ts"
import { type Child, startGateway } from "./process.ts"
import { progress, type Section } from "./report.ts"
import { type Run, until } from "./site.ts"

/** Of the jobs of the kills under load. */
const LINES_SHARE = 0.2
const CALL_MS_MAX = 30
/** An answer that came so shortly before a kill may not have been stored. */
const COMMIT_MS = 250
const ROUND_MS_MAX = 60_000
const END_MS_MAX = 120_000
/** Every so many lines one fails at the provider, and one is refused before it gets there. */
const FAILS_EVERY = 50
const REFUSED_EVERY = 70
/** This share of the kills waits until the results are being written. */
const FINALIZING_SHARE = 0.3
const ENDS = ["completed", "failed", "expired", "cancelled"]

interface Batch {
  id: string
  status: string
  output_file_id: string | null
  error_file_id: string | null
  request_counts: { total: number; completed: number; failed: number }
}

export async function tortureByBatches(
  run: Run,
  { rounds, jobs }: { rounds: number; jobs: number },
): Promise<Section[]> {
  const random = makeRandom(run.seed)
  const lines = Math.min(LINES_MAX, Math.ceil(jobs * LINES_SHARE))
  const directory = join(run.stage, "batches")
  const logPath = join(run.stage, "batches.log")
  mkdirSync(directory, { recursive: true })
  writeFileSync(logPath, "")
  const provider = openProvider(() => random() * CALL_MS_MAX)
  const up = {
    network_config: { base_url: provider.url, max_retries: 50 },
    concurrency_and_buffer_size: { concurrency: 20 },
  }
  writeFileSync(
    join(directory, "config.json"),
    JSON.stringify({ providers: { up: { ...up, base_provider_type: "openai" } } }),
  )
  const broken: Record<string, string[]> = {}
  const problem = (kind: string, example: string) => {
    broken[kind] ??= []
    const examples = broken[kind] ?? []
    if (examples.length < EXAMPLES_MAX) examples.push(example)
  }

  let gateway = await start(directory, logPath)
  let batch = await create(gateway.url, lines)
  let openAtKills = 0
  const killedIn: Record<string, number> = {}
  const early = Math.ceil(rounds * (1 - FINALIZING_SHARE))
  for (let round = 0; round < rounds && !ENDS.includes(batch.status); round++) {
    progress(`kill ${round + 1} of ${rounds}, ${provider.answered()} of ${lines} lines answered`)
    if (round < early) {
      // The first kills meet the check of the lines. The last of these comes when all are answered: the results are written anew then.
      const goal = Math.floor((lines * round) / Math.max(1, early - 1))
      const isThere = await until(() => provider.answered() >= Math.min(goal, provider.goal(lines)), ROUND_MS_MAX)
      if (isThere === null) problem("a round that got nowhere", `${round + 1}: ${provider.answered()} answered`)
      if (round < early - 1) await Bun.sleep(random() * 80)
      batch = await read(gateway.url, batch.id).catch(() => batch)
    } else {
      // Each comes one look later than the one before, and so meets another part of the writing.
      batch = await readFinalizing(gateway.url, batch.id, round - early)
      if (ENDS.includes(batch.status)) break
      if (batch.status !== "finalizing") problem("a round that got nowhere", `${round + 1}: ${batch.status}`)
    }
    killedIn[batch.status] = (killedIn[batch.status] ?? 0) + 1
    await gateway.child.kill()
    openAtKills += provider.forgetOpen()
    gateway = await start(directory, logPath)
  }
  progress("all kills done, waiting for the results\n")
  const overAfterMs = await until(async () => {
    batch = await read(gateway.url, batch.id)
    return ENDS.includes(batch.status)
  }, END_MS_MAX)
  if (overAfterMs === null) problem("STUCK", JSON.stringify(batch))
  else await check(gateway.url, batch, lines, problem)
  const extra = provider.calls() - provider.lines()
  if (extra > openAtKills)
    problem("called again without a reason", `${extra} calls more than lines, ${openAtKills} were out`)
  await gateway.child.kill()
  provider.close()
  const { request_counts: counts } = batch
  return [
    {
      name: `batches: ${rounds} kills in a batch of ${lines} lines`,
      figures: {
        ...Object.fromEntries(Object.entries(killedIn).map(([status, count]) => [`killed while ${status}`, count])),
        "lines completed": counts.completed,
        "lines failed": counts.failed,
        "last start until the end": overAfterMs === null ? "NEVER" : `${overAfterMs} ms`,
      },
      verdict: {
        ...{ jobs: {}, failures: {}, callsPerJob: {}, refusals: {}, broken },
        calls: { total: provider.calls(), openAtKills, extra },
      },
    },
  ]
}

async function start(directory: string, logPath: string): Promise<{ url: string; child: Child }> {
  const child = startGateway(directory, 0, logPath)
  const facts = await child.facts
  if (facts === null) throw new Error("the gateway did not start")
  return { url: facts.url, child }
}

const nameLine = (n: number) => `line-${n}`
const isRefused = (n: number) => n % REFUSED_EVERY === 0
const isFailed = (n: number) => isRefused(n) || n % FAILS_EVERY === 0

async function create(url: string, count: number): Promise<Batch> {
  const texts = Array.from({ length: count }, (_, n) => {
    const body = { model: "up/m", messages: isRefused(n) ? 1 : [{ role: "user", content: nameLine(n) }] }
    return JSON.stringify({ custom_id: nameLine(n), method: "POST", url: "/v1/chat/completions", body })
  })
  const form = new FormData()
  form.set("purpose", "batch")
  form.set("file", new File([texts.join("\n")], "in.jsonl"))
  const file = (await (await fetch(`${url}/v1/files`, { method: "POST", body: form })).json()) as { id: string }
  const response = await fetch(`${url}/v1/batches`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" }),
  })
  if (!response.ok) throw new Error(`the batch was refused: ${await response.text()}`)
  return (await response.json()) as Batch
}

async function read(url: string, id: string): Promise<Batch> {
  return (await (await fetch(`${url}/v1/batches/${id}`)).json()) as Batch
}

/** The batch at the n-th further look at which its results are being written, or at the first at which they are written. */
async function readFinalizing(url: string, id: string, looks: number): Promise<Batch> {
  let left = looks
  for (const giveUpAt = performance.now() + ROUND_MS_MAX; ; ) {
    const batch = await read(url, id)
    if (batch.status === "finalizing") left--
    if (left < 0 || ENDS.includes(batch.status) || performance.now() > giveUpAt) return batch
  }
}

async function check(
  url: string,
  { status, output_file_id: output, error_file_id: errors, request_counts: counts }: Batch,
  lines: number,
  problem: (kind: string, example: string) => void,
): Promise<void> {
  const all = Array.from({ length: lines }, (_, n) => n)
  const wanted = { output: all.filter((n) => !isFailed(n)), error: all.filter(isFailed) }
  if (status !== "completed") problem("a wrong end", status)
  if (counts.completed !== wanted.output.length || counts.failed !== wanted.error.length)
    problem("wrong counts", JSON.stringify(counts))
  for (const [kind, id] of [
    ["output", output],
    ["error", errors],
  ] as const) {
    const text = id === null ? "" : await (await fetch(`${url}/v1/files/${id}/content`)).text()
    const found = text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { custom_id: string })
    const names = wanted[kind].map(nameLine)
    const at = names.findIndex((name, place) => found[place]?.custom_id !== name)
    if (found.length !== names.length || at >= 0)
      problem(`a wrong ${kind} file`, `${found.length} lines for ${names.length}, the first other one is ${names[at]}`)
  }
}

/** Answers after a while, fails some lines, and knows which calls were out. */
function openProvider(delayMs: () => number) {
  const calls = new Map<string, number>()
  const open = new Set<object>()
  /** Those that were answered within the last moments. */
  const recent = new Set<object>()
  const answered = new Set<string>()
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { messages } = (await request.json()) as { messages: { content: string }[] }
      const name = messages[0]?.content ?? ""
      const call = {}
      open.add(call)
      calls.set(name, (calls.get(name) ?? 0) + 1)
      await Bun.sleep(delayMs())
      if (open.delete(call)) answered.add(name)
      recent.add(call)
      setTimeout(() => recent.delete(call), COMMIT_MS)
      if (isFailed(Number(name.slice("line-".length))))
        return Response.json({ error: { message: "no" } }, { status: 400 })
      const message = { role: "assistant", content: name }
      return Response.json({
        id: "c",
        object: "chat.completion",
        created: 1,
        model: "m",
        choices: [{ index: 0, message, finish_reason: "stop" }],
      })
    },
  })
  return {
    url: server.url.origin,
    answered: () => answered.size,
    /** How many calls there are without repeated ones. */
    goal: (lines: number) => lines - Math.ceil(lines / REFUSED_EVERY),
    calls: () => [...calls.values()].reduce((sum, count) => sum + count, 0),
    lines: () => calls.size,
    /** How many are out. Those that were answered a moment ago may not be stored either: they count as out. */
    forgetOpen(): number {
      const count = open.size + recent.size
      open.clear()
      return count
    },
    close: () => server.stop(true),
  }
}
