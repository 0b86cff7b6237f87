// Invariants of the calls that are made, and the record of how they end.
import type { Outcome } from "../../src/call.ts"
import { isCallerKey, keysFor } from "../../src/providers/keys.ts"
import type { Change } from "./changes.ts"
import { type Known, type Ledger, terminal } from "./ledger.ts"
import { ownerCaps } from "./settings.ts"
import type { OutCall } from "./threads.ts"

/** The outcomes of a call whose answer is lost. */
const lossy = ["timeout", "network", "aborted", "crashed"]

export function called(ledger: Ledger, call: OutCall, body: string): void {
  const name = `attempt ${call.attempt} of ${call.jobId}`
  const known = ledger.jobs.get(call.jobId)
  const row = known?.row
  if (!known || !row) {
    ledger.fail(`${name} goes out, and the job is not there`)
    return
  }
  const isCurrent = row.state === "running" && row.attempt === call.attempt
  ledger.must(isCurrent, () => `${name} goes out, and the job is ${row.state} at ${row.attempt}`)
  ledger.must(!known.isCancelled, () => `${name} goes out, and its cancel was acknowledged`)
  const isThere = call.provider === row.provider && call.model === row.model && call.keyId === readKeyId(row)
  ledger.must(isThere, () => `${name} goes to ${call.provider}/${call.model} with key ${call.keyId}`)
  ledger.must(call.state === row.providerState, () => `${name} goes out as ${call.state}, not ${row.providerState}`)
  ledger.must(body === (known.job.body ?? ""), () => `${name} goes out with another body`)
  ledger.events.called(call, name)
  if (call.step === "start") started(ledger, known, row, call, name)
  else ledger.must(call.attempt === known.called, () => `${name} polls the upstream job of attempt ${known.called}`)
  ledger.out.set(`${call.jobId} ${call.attempt}`, call)
}

/** Checks a call that may be billed. */
function started(ledger: Ledger, known: Known, row: Change, call: OutCall, name: string): void {
  const { job, losses } = known
  ledger.must(call.attempt > known.called, () => `${name} goes out after attempt ${known.called}`)
  const isAllowed = job.lossRetries === null || losses <= job.lossRetries
  ledger.must(isAllowed, () => `${name} goes out after ${losses} lost answers`)
  ledger.must(ledger.isSendable(call), () => `${name} goes out, and no key is configured for it`)
  keyMustFit(ledger, row, job.owner, call, name)
  const isRefused = known.refusedKeys.has(row.keyId ?? "")
  ledger.must(!isRefused, () => `${name} goes out with key ${call.keyId}, which was refused`)
  slotMustBeFree(ledger, job.owner, call, name)
  const closed = ledger.closings.started(call, ledger.now())
  ledger.must(closed === null, () => `${name} goes out, and ${closed}`)
  known.called = call.attempt
}

function keyMustFit(ledger: Ledger, { keyChoice }: Change, owner: string, call: OutCall, name: string): void {
  const provider = ledger.providers.get(call.provider)
  ledger.must(provider !== undefined, () => `${name} goes to a provider that is not configured`)
  ledger.must((call.callerKey !== null) === isCallerKey(keyChoice), () => `${name} goes out with the wrong key`)
  if (!provider || call.keyId === null || !ledger.isSendable(call)) return
  const isFitting = keysFor(provider, call.model, keyChoice, owner).some(({ id }) => id === call.keyId)
  ledger.must(isFitting, () => `${name} goes out with key ${call.keyId}, which does not fit`)
}

function slotMustBeFree(ledger: Ledger, owner: string, call: OutCall, name: string): void {
  let ofProvider = 1
  let ofKey = 1
  let ofOwner = 1
  for (const other of ledger.out.values()) {
    ledger.must(other.jobId !== call.jobId, () => `${name} goes out beside attempt ${other.attempt}`)
    if (!ledger.isSendable(other)) continue
    if (ledger.jobs.get(other.jobId)?.job.owner === owner) ofOwner++
    if (other.provider !== call.provider) continue
    ofProvider++
    if (call.keyId !== null && other.keyId === call.keyId) ofKey++
  }
  const provider = ledger.providers.get(call.provider)
  const key = provider?.keys.find(({ id }) => id === call.keyId)
  const { concurrency = 0 } = provider ?? {}
  ledger.must(ofProvider <= concurrency, () => `${name} is number ${ofProvider} that is out to ${call.provider}`)
  const mostOfKey = key?.concurrency ?? Number.POSITIVE_INFINITY
  ledger.must(ofKey <= mostOfKey, () => `${name} is number ${ofKey} that is out with key ${call.keyId}`)
  const mostOfOwner = ownerCaps[owner] ?? Number.POSITIVE_INFINITY
  ledger.must(ofOwner <= mostOfOwner, () => `${name} is number ${ofOwner} that is out for ${owner}`)
}

/** Checks that an upstream job is cancelled only after its job has ended. */
export function dropped(ledger: Ledger, call: OutCall): void {
  const row = ledger.jobs.get(call.jobId)?.row
  if (row)
    ledger.must(terminal.has(row.state), () => `the upstream job of ${call.jobId} is cancelled, which is ${row.state}`)
}

/** Records an outcome that the engine will receive. */
export function reported(ledger: Ledger, call: OutCall, outcome: Outcome): void {
  ledger.out.delete(`${call.jobId} ${call.attempt}`)
  ledger.events.over(call.jobId)
  const known = ledger.jobs.get(call.jobId)
  if (!known) return
  known.reported = { attempt: call.attempt, outcome }
  if (isGone(outcome)) lost(known, { ...call, step: "start" })
  else if (outcome.kind === "unreached" && lossy.includes(outcome.reason) && !call.answer?.isKept) lost(known, call)
  ledger.closings.reported(call, outcome, ledger.now())
}

/** Records a call that the engine has aborted. */
export function aborted(ledger: Ledger, call: OutCall): void {
  ledger.out.delete(`${call.jobId} ${call.attempt}`)
  ledger.events.over(call.jobId)
  const known = ledger.jobs.get(call.jobId)
  // With its upstream job on disk nothing is asked for again.
  if (known && known.row?.providerState === null) lost(known, call)
}

/**
 * Records a lost answer. A poll of an upstream job does not count, because it can be repeated, unless that is gone.
 */
function lost(known: Known, { attempt, step }: { attempt: number; step: OutCall["step"] }): void {
  if (step !== "start" || known.lostAttempt >= attempt) return
  known.lostAttempt = attempt
  known.losses++
}

const isGone = (outcome: Outcome) => outcome.kind === "unreached" && outcome.reason === "gone"

/** Records the end of the process, with which all calls in flight are lost. */
export function processEnded(ledger: Ledger, backMs: number): void {
  for (const call of [...ledger.out.values()]) aborted(ledger, call)
  for (const known of ledger.jobs.values()) {
    const { reported, row } = known
    if (reported !== null && reported.attempt > known.attemptsEnded && row !== null) {
      if (row.providerState === null) lost(known, { attempt: reported.attempt, step: "start" })
      else if (isGone(reported.outcome) && known.lostAttempt === reported.attempt) {
        // Nobody knows any more that the upstream job is gone: the next process asks for it again.
        known.lostAttempt--
        known.losses--
      }
    }
    known.reported = null
    known.isOlder = row !== null
  }
  ledger.setBackMs += backMs
  ledger.processEnded()
  ledger.closings.over(backMs)
  ledger.webhooks.processEnded()
  ledger.events.processEnded()
}

/** The id of the configured key of the attempt. */
function readKeyId({ keyId }: Change): string | null {
  return keyId !== null && isCallerKey(keyId) ? null : keyId
}
