// The clients of a run: lanes that submit, and lanes that poll, cancel and delete what was accepted. They go on while the gateway
// dies and comes back, and tell the ledger all they hear.
import { type Entry, isOver, type Ledger, type WireJob } from "./ledger.ts"
import { type Mix, makeCredentials, makePlan, makeRequest, pathOf } from "./plan.ts"

const SUBMIT_LANES = 32
const POLL_LANES = 32
/** Between two polls of a job. */
const POLL_EVERY_MS = 50
/** After a lost connection or a refusal. */
const PAUSE_MS = 20
/** Longer than any answer takes that is not asked to wait. */
const ANSWER_MS_MAX = 15_000
/** One job in so many is sent again with its Idempotency-Key though it was accepted. */
const REPLAY_EVERY = 20
/** One poll in so many asks the gateway to hold it. */
const WAITING_POLL_EVERY = 50

export type Load = ReturnType<typeof startLoad>

export interface LoadOptions {
  mix: Mix
  ledger: Ledger
  /** How many accepted jobs may be without an end at one time. */
  unendedMax: number
  /** The number of the first job. */
  first?: number
}

export function startLoad({ mix, ledger, unendedMax, first = 0 }: LoadOptions) {
  let url: string | null = null
  let gate = Promise.withResolvers<void>()
  let isStopped = false
  let isSubmitting = false
  let submitted = first
  let submits = 0
  /** Accepted jobs that have not ended, the one that was polled longest ago first. */
  let round: { entry: Entry; dueAt: number }[] = []
  let lanes: Promise<unknown> = Promise.resolve()

  /** Null: the connection was lost. */
  async function ask(path: string, init: RequestInit): Promise<{ response: Response; text: string } | null> {
    await gate.promise
    try {
      // A connection of its own: Bun sends a request again by itself when one that it kept open turns out to be dead.
      const signal = AbortSignal.timeout(ANSWER_MS_MAX)
      const response = await fetch(`${url}${path}`, { ...init, keepalive: false, signal })
      return { response, text: await response.text() }
    } catch (error) {
      if (error instanceof Error && error.name === "TimeoutError") ledger.problem("no answer", `${init.method} ${path}`)
      await Bun.sleep(PAUSE_MS)
      return null
    }
  }

  async function submitLane(): Promise<void> {
    while (!isStopped) {
      if (!isSubmitting || ledger.unended() >= unendedMax) {
        await Bun.sleep(PAUSE_MS)
        continue
      }
      submits++
      await submit(ledger.open(makePlan(mix, submitted++)))
      submits--
    }
  }

  async function submit(entry: Entry): Promise<void> {
    const { plan } = entry
    const request = makeRequest(plan)
    while (!isStopped) {
      const answer = await ask(pathOf(plan), { method: "POST", ...request })
      if (answer === null) {
        entry.isDoubtful = true
        if (plan.isKeyed) continue
        return
      }
      const { response, text } = answer
      if (response.status === 202) {
        const isNew = entry.id === null
        ledger.accept(entry, (JSON.parse(text) as WireJob).id)
        if (isNew) round.push({ entry, dueAt: Date.now() })
        if (isNew && plan.isKeyed && plan.act !== "delete" && plan.number % REPLAY_EVERY === 0) continue
        return
      }
      if (!isRefusal(response.status)) {
        ledger.problem("a submit with a strange answer", `${response.status} ${text.slice(0, 200)}`)
        return
      }
      await Bun.sleep(PAUSE_MS)
      // Of one that may have been accepted only an acceptance says what became of it.
      if (entry.isDoubtful || entry.id !== null) continue
      ledger.refuse(entry, response.status, (JSON.parse(text) as { error: object }).error)
      return
    }
  }

  async function pollLane(): Promise<void> {
    while (!isStopped) {
      const next = round.shift()
      const waitMs = (next?.dueAt ?? Number.POSITIVE_INFINITY) - Date.now()
      if (waitMs > 0) await Bun.sleep(Math.min(waitMs, POLL_EVERY_MS))
      if (next === undefined) continue
      await visit(next.entry)
      if (!isOver(next.entry)) round.push({ entry: next.entry, dueAt: Date.now() + POLL_EVERY_MS })
    }
  }

  async function visit(entry: Entry): Promise<void> {
    const { plan } = entry
    if (plan.act === "none" || entry.polls < plan.actAfter) await poll(entry)
    else if (plan.act === "cancel") await cancel(entry)
    else await remove(entry)
  }

  async function poll(entry: Entry): Promise<void> {
    entry.polls++
    const isWaiting = (entry.plan.number + entry.polls) % WAITING_POLL_EVERY === 0
    const headers = { ...makeCredentials(entry.plan), ...(isWaiting ? { prefer: "wait=2" } : {}) }
    const answer = await ask(`${pathOf(entry.plan)}/${entry.id}`, { headers })
    if (answer === null) return
    const { response, text } = answer
    if (response.status === 200) learn(entry, text)
    else if (response.status === 404) ledger.lose(entry)
    else if (response.status !== 202) ledger.problem("a poll refused", `${response.status} ${text.slice(0, 200)}`)
    else if (entry.end !== null) ledger.problem("changed its end", `${entry.id} had ended and runs again`)
  }

  function learn(entry: Entry, text: string): void {
    let job: WireJob
    try {
      job = JSON.parse(text) as WireJob
    } catch {
      ledger.problem("an answer that is no JSON", `${entry.id}: ${text.slice(0, 200)}`)
      return
    }
    ledger.learn(entry, job)
  }

  async function cancel(entry: Entry): Promise<void> {
    const answer = await ask(`${pathOf(entry.plan)}/${entry.id}/cancel`, {
      method: "POST",
      headers: makeCredentials(entry.plan),
    })
    if (answer === null) return
    const { response, text } = answer
    if (response.status === 404) ledger.lose(entry)
    else if (response.status === 200) learn(entry, text)
    else if (!isRefusal(response.status)) ledger.problem("a cancel refused", `${response.status} ${text.slice(0, 200)}`)
  }

  async function remove(entry: Entry): Promise<void> {
    const wasRemoving = entry.isRemoving
    entry.isRemoving = true
    const answer = await ask(`${pathOf(entry.plan)}/${entry.id}`, {
      method: "DELETE",
      headers: makeCredentials(entry.plan),
    })
    if (answer === null) return
    const { response, text } = answer
    if (response.status === 204 || (response.status === 404 && wasRemoving)) ledger.remove(entry)
    else if (response.status === 404) ledger.lose(entry)
    else if (!isRefusal(response.status)) ledger.problem("a delete refused", `${response.status} ${text.slice(0, 200)}`)
  }

  lanes = Promise.all([
    ...Array.from({ length: SUBMIT_LANES }, submitLane),
    ...Array.from({ length: POLL_LANES }, pollLane),
  ])

  return {
    submitted: () => submitted,
    /** How many jobs are being submitted: what becomes of them is not known yet. */
    submits: () => submits,

    /** The gateway is there; or, without an address, it is not. */
    goTo(address: string | null): void {
      // Who waits at a closed gate waits for that one.
      if (address === null && url !== null) gate = Promise.withResolvers()
      if (address !== null) gate.resolve()
      url = address
    },

    submitting(on: boolean): void {
      isSubmitting = on
    },

    /** Asks after a job that was accepted before this load began. */
    follow(entry: Entry): void {
      round.push({ entry, dueAt: Date.now() })
    },

    /** Asks once more for every accepted job: each is still there with the end it had, but for those that were deleted. */
    async sweep(): Promise<void> {
      const left = ledger.entries.filter(({ id }) => id !== null)
      const lane = async () => {
        for (let entry = left.pop(); entry !== undefined; entry = left.pop()) {
          if (entry.removedAt === null) await poll(entry)
          else await expectGone(entry)
        }
      }
      await Promise.all(Array.from({ length: POLL_LANES }, lane))
    },

    /** Ends the lanes; resolves when the last one has. */
    async stop(): Promise<void> {
      isStopped = true
      gate.resolve()
      await lanes
      round = []
    },
  }

  async function expectGone(entry: Entry): Promise<void> {
    const answer = await ask(`${pathOf(entry.plan)}/${entry.id}`, { headers: makeCredentials(entry.plan) })
    if (answer !== null && answer.response.status !== 404) {
      ledger.problem("there though deleted", `${entry.id}: ${answer.response.status}`)
    }
  }
}

/** What a store in trouble, a full queue or a stop answer. */
function isRefusal(status: number): boolean {
  return status === 429 || status === 503 || status === 507
}
