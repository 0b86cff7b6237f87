// What each job of a run is: its request, what its provider will do to it, and how it must end. Made of the seed and a number alone.
import { CHAT } from "../harness.ts"

export const FORM = "/v1/async/audio/transcriptions"

/** What the upstream does to the first calls of a job, one each; `refuse` and `break` it does to all. */
export type Fault = "wait seconds" | "wait milliseconds" | "fail" | "reset" | "hang" | "refuse" | "break"

/** What the member `torture` of a request tells the upstream. */
export interface Script {
  job: number
  faults: Fault[]
  /** How long a call without a fault takes. */
  ms: number
}

export interface Plan {
  number: number
  isForm: boolean
  provider: "up" | "slow" | "brief"
  model: string
  /** Of what is sent, in characters. */
  length: number
  script: Script
  ends: "completed" | "failed"
  /** What it asks for when the answer of a call is lost (`x-asyncgate-on-interrupt`); null: nothing. */
  onInterrupt: "retry" | "fail" | null
  /** Goes out with an Idempotency-Key, and again after a lost connection. */
  isKeyed: boolean
  /** Comes with a provider key of its caller, which the gateway keeps sealed until the job ends. */
  hasOwnKey: boolean
  /** What is done to it once it is accepted, and after how many polls. */
  act: "none" | "cancel" | "delete"
  actAfter: number
}

/** What can happen in a run. */
export interface Mix {
  seed: number
  /** Providers that fail. */
  hasFaults: boolean
  /** Cancels and deletes. */
  hasActs: boolean
  /** Callers' own provider keys. */
  hasOwnKeys?: boolean
  /** Of an ordinary request, in characters. */
  length: number
  /** Mean time of a call. */
  callMs: number
}

/**
 * How many models share the jobs that meet a 429, and some that meet none: a 429 closes its model for all of them. So many that
 * what they are closed for, one time after the other, is over when the last job is submitted.
 */
const LIMITED_MODELS = 64
/** Some jobs are larger than one piece of the store. */
const LARGE = 600_000

export type Random = () => number

/** Mulberry32: in [0, 1), always the same row for a seed. */
export function makeRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function makePlan(mix: Mix, number: number): Plan {
  const random = makeRandom(Math.imul(mix.seed, 0x9e3779b1) + number)
  const faults = mix.hasFaults ? makeFaults(random) : []
  const isLimited = faults.some((fault) => fault.startsWith("wait")) || (mix.hasFaults && random() < 0.03)
  const isLasting = faults.some((fault) => fault === "refuse" || fault === "break")
  const act = mix.hasActs ? pick<Plan["act"]>(random, [0.06, "cancel"], [0.04, "delete"]) : null
  const size = random()
  const isForm = random() < 0.08
  return {
    number,
    isForm,
    provider: isLasting ? "brief" : faults.includes("hang") ? "slow" : "up",
    model: isLimited ? `limited-${Math.floor(random() * LIMITED_MODELS)}` : "plain",
    length: size < 0.004 ? LARGE : Math.ceil(mix.length * (0.5 + size)),
    script: { job: number, faults, ms: Math.round(mix.callMs * (0.6 + 0.8 * random())) },
    ends: isLasting ? "failed" : "completed",
    onInterrupt: pick<"retry" | "fail">(random, [isForm ? 0.5 : 0.1, "retry"], [0.15, "fail"]),
    isKeyed: random() < 0.3,
    act: act ?? "none",
    actAfter: Math.floor(random() * 4),
    hasOwnKey: mix.hasOwnKeys === true && random() < 0.3,
  }
}

function makeFaults(random: Random): Fault[] {
  const fault = pick<Fault>(
    random,
    [0.008, "wait seconds"],
    [0.012, "wait milliseconds"],
    [0.03, "fail"],
    [0.02, "reset"],
    [0.01, "hang"],
    [0.01, "refuse"],
    [0.01, "break"],
  )
  if (fault === null) return []
  return fault === "fail" && random() < 0.5 ? ["fail", "fail"] : [fault]
}

/** One of the choices with its share, or none. */
function pick<T>(random: Random, ...choices: [share: number, choice: T][]): T | null {
  let left = random()
  for (const [share, choice] of choices) {
    if (left < share) return choice
    left -= share
  }
  return null
}

export function pathOf({ isForm }: Plan): string {
  return isForm ? FORM : CHAT
}

/** How many calls whose answer was lost may be made good by another; a form's call is billed each time. */
export function readLossRetries({ isForm, onInterrupt }: Plan): number {
  if (onInterrupt === "fail") return 0
  return isForm && onInterrupt === null ? 1 : Number.POSITIVE_INFINITY
}

/** What the job asks: no two jobs ask the same. */
export function contentOf({ number, length }: Plan): string {
  return `job ${number} `.repeat(Math.ceil(length / 8)).slice(0, Math.max(length, 16))
}

/** What an upstream answers that got `content` whole. */
export function answerTo(job: number, content: string): string {
  return `${job}:${Bun.hash(content).toString(36)}`
}

/** What every request about the job carries: one that its caller's key paid for is shown to that caller alone. */
export function makeCredentials({ hasOwnKey, number }: Plan): Record<string, string> {
  return hasOwnKey ? { authorization: `Bearer own-key-of-${number}`, "x-bf-direct-key": "true" } : {}
}

export function makeRequest(plan: Plan): { body: string | FormData; headers: Record<string, string> } {
  const model = `${plan.provider}/${plan.model}`
  const content = contentOf(plan)
  const headers: Record<string, string> = {
    ...(plan.isKeyed ? { "idempotency-key": `job-${plan.number}` } : {}),
    ...makeCredentials(plan),
    ...(plan.onInterrupt === null ? {} : { "x-asyncgate-on-interrupt": plan.onInterrupt }),
  }
  if (!plan.isForm) {
    const body = JSON.stringify({ model, torture: plan.script, messages: [{ role: "user", content }] })
    return { body, headers: { ...headers, "content-type": "application/json" } }
  }
  const form = new FormData()
  form.set("model", model)
  form.set("torture", JSON.stringify(plan.script))
  form.set("file", new Blob([content]), "speech.wav")
  return { body: form, headers }
}
