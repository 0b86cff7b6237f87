// The steps of a script for several gateways: those of one, without what is of a disk of its own, and what befalls gateways and the server.
import * as fc from "fast-check"
import { type Ending, ending, SCRIPT_STEPS, type Step, steps } from "./steps.ts"

/** `of` is 0 for the gateway that runs the jobs. `isApplied`: whether its turn that is out is stored before that. */
export type GatewayStep =
  | { do: "gateway"; of: number; befalls: Fate; forMs: number; isApplied: boolean; isNoticed: boolean }
  /** The server stores the turn that is out, and answers, or the answer is on its way. */
  | { do: "commit"; isAnswered: boolean }
  /** A call of a gateway that was taken over from is answered. */
  | { do: "finishOld"; call: number; ending: Ending }
  | Step
/** `lose`: only the connection that writes breaks. */
export type Fate = "kill" | "stop" | "freeze" | "cut" | "lose"

const elsewhere: readonly string[] = ["crash", "restart", "trouble", "events", "follow"]

function isHere(step: Step): boolean {
  // A webhook whose job is being read when its endpoint is turned off still goes out.
  if (step.do === "order") return step.order !== "remove" && step.order !== "disable"
  return !elsewhere.includes(step.do) && !(step.do === "receive" && step.status === 410)
}

const befalls = fc.constantFrom<Fate[]>(
  "kill",
  "stop",
  "freeze",
  "freeze",
  "freeze",
  "cut",
  "cut",
  "lose",
  "lose",
  "lose",
)

export const gatewaySteps: fc.Arbitrary<GatewayStep> = fc.oneof(
  { weight: 1000, arbitrary: steps.filter(isHere) },
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant("gateway" as const),
      of: fc.constantFrom(0, 0, 0, 1, 2),
      befalls,
      forMs: fc.constantFrom(200, 3000, 4500, 9000, 30_000, 400_000),
      isApplied: fc.boolean(),
      isNoticed: fc.boolean(),
    }),
  },
  {
    weight: 230,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      isAnswered: fc.constantFrom(true, true, true, true, false),
    }),
  },
  { weight: 25, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(1000, 2000, 5000) }) },
  {
    weight: 20,
    arbitrary: fc.record({ do: fc.constant("finishOld" as const), call: fc.nat(9), ending }),
  },
)

export const gatewayScripts = fc.array(gatewaySteps, { minLength: SCRIPT_STEPS, maxLength: SCRIPT_STEPS, size: "max" })
