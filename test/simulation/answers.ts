// Invariants of the engine's answers: every request gets one answer, and by then the disk agrees with it.
import type { FromEngine } from "../../src/engine/threads/protocol.ts"
import { addOne, fits, type Ledger, type Request, terminal } from "./ledger.ts"
import { queueSize } from "./rows.ts"

export function posted(ledger: Ledger, message: FromEngine): void {
  if (typeof message === "string") {
    for (const seq of message.split(",")) acknowledged(ledger, Number(seq))
  } else if (message.kind === "replayed") replayed(ledger, message.seq, message.id)
  else if (message.kind === "refused") refused(ledger, message)
  else if (message.kind === "shown") answered(ledger, message.seq)
  else if (message.kind === "changed") changed(ledger, message.seq, message.looked)
  else if (message.kind === "ended") for (const id of message.ids) heard(ledger, id)
  else if (message.kind === "logged") for (const added of message.added) ledger.events.told(added)
  else if (message.kind === "pulse") ledger.trouble = message.trouble
}

function answered(ledger: Ledger, seq: number): Request | null {
  const request = ledger.requests.get(seq) ?? null
  ledger.must(request !== null, () => `${seq} is answered twice, or was never asked`)
  ledger.requests.delete(seq)
  return request
}

function acknowledged(ledger: Ledger, seq: number): void {
  const request = answered(ledger, seq)
  if (request === null) return
  if ("ids" in request) {
    ledger.fail(`${request.kind} ${seq} is answered without a count`)
    return
  }
  const known = ledger.jobs.get(request.id)
  if (!known) return
  const { row } = known
  if (request.kind === "submit") {
    const isThere = row !== null || ledger.isAsked("remove", request.id)
    ledger.must(isThere, () => `${request.id} is acknowledged and not on disk`)
    return
  }
  known.isCancelled = true
  if (request.kind === "remove") ledger.must(row === null, () => `${request.id} is removed and still there`)
  else if (row !== null) ledger.must(terminal.has(row.state), () => `${request.id} is cancelled and still ${row.state}`)
}

function changed(ledger: Ledger, seq: number, looked: number): void {
  const request = answered(ledger, seq)
  if (request === null || !("ids" in request)) return
  const { kind, ids, fitting, only } = request
  ledger.must(looked > 0 || ids.length === 0, () => `${kind} ${seq} has looked at none of its jobs`)
  for (const id of ids.slice(0, looked)) {
    const row = ledger.jobs.get(id)?.row
    // A job that has moved on meanwhile may fit no longer, or only now.
    if (!row || !fitting.includes(id) || !fits(row, only)) continue
    const isLeft = kind === "removeSome" || !terminal.has(row.state)
    ledger.must(!isLeft, () => `${id} is ${row.state}, and ${kind} should have taken it`)
  }
}

function replayed(ledger: Ledger, seq: number, id: string): void {
  const request = answered(ledger, seq)
  const asked = request?.kind === "submit" ? ledger.jobs.get(request.id)?.job : undefined
  const earlier = ledger.jobs.get(id)
  const isSame =
    earlier !== undefined &&
    asked?.idempotencyKey === earlier.job.idempotencyKey &&
    asked.bodyDigest === earlier.job.bodyDigest
  ledger.must(isSame && asked.idempotencyKey !== null, () => `${seq} is no replay of ${id}`)
  const isThere = earlier?.row !== null || ledger.isAsked("remove", id)
  ledger.must(isThere, () => `${seq} is a replay of ${id}, which is not there`)
  if (asked) addOne(ledger.unstored, asked.provider)
}

export type Refused = Extract<FromEngine, { kind: "refused" }>

/** Whether the caller was told that nobody knows whether the request is stored. */
export const isUnknown = ({ message }: Refused): boolean => message.includes("is not known")

function refused(ledger: Ledger, refusal: Refused): void {
  const { seq, code } = refusal
  const request = answered(ledger, seq)
  if (request === null) return
  ledger.must(code !== "internal_error", () => `${request.kind} ${seq} ends in an internal error`)
  const known = request.kind === "submit" ? ledger.jobs.get(request.id) : undefined
  if (!known) return
  const { id, provider, owner } = known.job
  const settings = ledger.providers.get(provider)
  ledger.must(known.row === null || isUnknown(refusal), () => `${id} is refused and on disk`)
  if (code === "queue_full") {
    const uncertain = (ledger.departed.get(provider) ?? 0) + (ledger.unstored.get(provider) ?? 0)
    const waiting = (ledger.queued.get(provider) ?? 0) + uncertain
    const isFull = waiting >= (settings ? queueSize(settings, known.job) : 0)
    ledger.must(isFull, () => `${id} is refused by a queue that is not full, with ${waiting} jobs`)
  } else if (code === "budget_exceeded") {
    const isOver = ledger.isOverBudget(owner, ledger.decidedAt ?? ledger.now())
    ledger.must(isOver, () => `${id} is refused, and its owner has not used up its budget`)
  }
  addOne(ledger.unstored, provider)
}

function heard(ledger: Ledger, id: string): void {
  ledger.must(ledger.watched.delete(id), () => `the end of ${id} is reported, and the job is not watched`)
  const row = ledger.jobs.get(id)?.row
  if (row) ledger.must(terminal.has(row.state), () => `the end of ${id} is reported, and it is ${row.state}`)
}
