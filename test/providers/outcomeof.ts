// The outcome of an adapter's step, returned or thrown, as perform.ts takes it.
import type { Outcome } from "../../src/call.ts"
import { Settled } from "../../src/providers/outcomes.ts"

export async function outcomeOf(step: Promise<Outcome>): Promise<Outcome> {
  try {
    return await step
  } catch (error) {
    if (error instanceof Settled) return error.outcome
    throw error
  }
}
