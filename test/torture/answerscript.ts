// What a response of a run is made of, as its provider and whoever judges it know it: each call of it says something else, so that every
// event tells which call it came with.
import { makeRandom, type Random } from "./plan.ts"

/** What the provider is asked, as JSON in the input of the request: that goes through every translation. */
export interface AnswerScript {
  seed: number
  /** No other response of the run has it. */
  job: number
  /** Of its text. */
  pieces: number
  /** What a piece is longer than its name, in characters. */
  padding: number
  /** What comes before and after the text. */
  hasThoughts: boolean
  call: "before" | "after" | null
}

/** How the provider answers a call: as a stream, whole, not at all, or with a stream that ends, is reset or says that it failed. */
export type Way = "stream" | "whole" | "busy" | "ends" | "resets" | "fails"

export interface CallPlan {
  way: Way
  /** How long it takes to begin, and between two pieces on average. */
  firstMs: number
  pieceMs: number
  /** How much of it comes before it breaks, from 0 to 1. */
  share: number
}

/** An item of an answer, in the pieces in which it comes. */
export interface Said {
  type: "reasoning" | "message" | "function_call"
  pieces: string[]
}

const ARGUMENT_CHARS = 6
/** So many responses are long: what is held of them for their readers does not hold all of it. */
const LONG_SHARE = 0.02
const LONG_PIECES = 110

export function makeAnswerScript(random: Random, seed: number, job: number): AnswerScript {
  const isLong = random() < LONG_SHARE
  const shape = random()
  return {
    seed,
    job,
    pieces: isLong ? LONG_PIECES : 5 + Math.floor(random() * 55),
    padding: isLong ? 3000 : Math.floor(random() * 60),
    hasThoughts: random() < 0.3,
    call: shape < 0.1 ? "before" : shape < 0.2 ? "after" : null,
  }
}

export function planCall({ seed, job, pieces }: AnswerScript, call: number): CallPlan {
  const random = makeRandom(Math.imul(seed, 0x9e3779b1) + job * 1000 + call)
  const isLong = pieces >= LONG_PIECES
  return {
    way: pickWay(random()),
    firstMs: random() * 150,
    pieceMs: random() * (isLong ? 8 : 40),
    share: random(),
  }
}

function pickWay(chance: number): Way {
  if (chance < 0.6) return "stream"
  if (chance < 0.72) return "whole"
  if (chance < 0.82) return "ends"
  if (chance < 0.9) return "resets"
  return chance < 0.95 ? "fails" : "busy"
}

/** What a call of it says, item by item. */
export function listSaid({ job, pieces, padding, hasThoughts, call: where }: AnswerScript, call: number): Said[] {
  const say = (count: number, what: string) =>
    Array.from({ length: count }, (_, number) => `${what}${job}.${call}.${number} ${"x".repeat(padding)}`)
  const thoughts: Said = { type: "reasoning", pieces: say(Math.ceil(pieces / 4), "t") }
  const message: Said = { type: "message", pieces: say(pieces, "") }
  const argument = JSON.stringify({ answer: `${job}.${call}.`, what: "x".repeat(padding % 100) })
  const cut = argument.match(new RegExp(`.{1,${ARGUMENT_CHARS}}`, "g")) ?? []
  const asked: Said = { type: "function_call", pieces: cut }
  return [
    ...(hasThoughts ? [thoughts] : []),
    ...(where === "before" ? [asked] : []),
    message,
    ...(where === "after" ? [asked] : []),
  ]
}

/** Which call has said it, as far as it tells; null: it is too short to. */
export function readCall(script: AnswerScript, text: string): number | null {
  const found = new RegExp(`(?<!\\d)${script.job}\\.(\\d+)\\.`).exec(text)
  return found === null ? null : Number(found[1])
}
