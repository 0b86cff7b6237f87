// What happens to the answers that are logged, as a script has it: their threads send events, and the HTTP server follows them.
import * as fc from "fast-check"
import type { LoggedEvents } from "../../src/engine/threads/logmessages.ts"
import type { Said } from "./streamedanswer.ts"
import type { OutCall } from "./threads.ts"
import type { World } from "./world.ts"

/** `call` counts from the oldest, `job` from the newest of those that are logged. */
export type EventStep =
  /** A thread sends a group of events; late: of a call that was aborted or has ended. */
  | { do: "events"; call: number; parts: Said[]; isLate: boolean }
  /** The HTTP server begins or ends to follow the log of a job. */
  | { do: "follow"; job: number; isFollowed: boolean }

const part = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Said>("more") },
  { weight: 3, arbitrary: fc.constant<Said>("close") },
  { weight: 2, arbitrary: fc.constant<Said>("open") },
  { weight: 1, arbitrary: fc.constant<Said>("ask") },
)

export const eventSteps = [
  {
    weight: 200,
    arbitrary: fc.record({
      do: fc.constant("events" as const),
      call: fc.nat(5),
      parts: fc.array(part, { minLength: 1, maxLength: 4 }),
      isLate: fc.constantFrom(...Array<boolean>(15).fill(false), true),
    }),
  },
  {
    weight: 40,
    arbitrary: fc.record({
      do: fc.constant("follow" as const),
      job: fc.nat(4),
      isFollowed: fc.constantFrom(true, true, false),
    }),
  },
]

export function takeEventStep(world: World, step: EventStep): void {
  if (step.do === "follow") follow(world, step)
  else if (step.isLate) sayLate(world, step)
  else {
    const calls = [...world.ledger.out.values()].filter((call) => isStreaming(world, call))
    const call = calls[Math.min(step.call, calls.length - 1)]
    if (!call) return
    sendEvents(world, call, call.answer?.sayKept() ?? null)
    sendEvents(world, call, call.answer?.say(step.parts) ?? null)
  }
}

/** Sends events of a call in flight to the engine. */
export function sendEvents({ ledger }: World, { thread }: OutCall, events: LoggedEvents | null): void {
  if (events === null) return
  ledger.events.sent(events)
  thread.log(events)
}

function isStreaming({ ledger }: World, call: OutCall): boolean {
  return call.answer !== null && (call.step === "start" || call.answer.isKept) && ledger.isSendable(call)
}

function sayLate(world: World, { call: nth, parts }: Extract<EventStep, { do: "events" }>): void {
  // The attempt of an upstream job that is polled is still in flight.
  const calls = world.process.over.filter(
    (call) => isStreaming(world, call) && !world.ledger.out.has(`${call.jobId} ${call.attempt}`),
  )
  const call = calls[Math.min(nth, calls.length - 1)]
  const events = call?.answer?.say(parts)
  if (events) call?.thread.log(events)
}

function follow({ ledger, ids, process }: World, { job, isFollowed }: Extract<EventStep, { do: "follow" }>): void {
  const id = ids.filter((id) => ledger.events.find(id) !== undefined).at(-1 - job) ?? "no such job"
  ledger.events.follow(id, isFollowed)
  process.engine.followLog(id, isFollowed)
}
