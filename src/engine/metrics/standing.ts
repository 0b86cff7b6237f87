// How the calls with each of a provider's keys ended last. Kept in memory alone: it begins with the process.
import type { Outcome } from "../../call.ts"
import type { Claimed } from "../../jobs/job.ts"
import { isCallerKey } from "../../providers/keys.ts"

export interface Standing {
  /** Epoch milliseconds; null: none has succeeded yet. */
  lastSuccessAt: number | null
  lastError: CallError | null
}

export interface CallError {
  at: number
  status: number | null
  /** In words, without anything of a key. */
  reason: string
}

/** Stands for all keys that callers sent along. */
const CALLERS_OWN = "own"
const REASON_CHARS_MAX = 200

export type Standings = ReturnType<typeof createStandings>

export function createStandings() {
  /** provider -> id of the key, empty for none -> how its calls ended */
  const all = new Map<string, Map<string, Standing>>()

  function find(provider: string, keyId: string): Standing {
    const ofProvider = all.get(provider) ?? new Map<string, Standing>()
    const standing = ofProvider.get(keyId) ?? { lastSuccessAt: null, lastError: null }
    all.set(provider, ofProvider.set(keyId, standing))
    return standing
  }

  return {
    answered({ provider, keyId }: Pick<Claimed, "provider" | "keyId">, outcome: Outcome, now: number): void {
      const standing = find(provider, keyId === null ? "" : isCallerKey(keyId) ? CALLERS_OWN : keyId)
      if (outcome.kind === "answered" || outcome.kind === "pending") standing.lastSuccessAt = now
      else standing.lastError = describeError(outcome, now) ?? standing.lastError
    },

    /** How the calls of a provider ended, by the ids of its keys. */
    read: (provider: string): ReadonlyMap<string, Standing> => all.get(provider) ?? new Map(),
  }
}

/** Null: nothing is known of the provider by this end. */
function describeError(outcome: Exclude<Outcome, { kind: "answered" | "pending" }>, now: number): CallError | null {
  const write = (status: number | null, reason: string) => ({
    at: now,
    status,
    reason: reason.slice(0, REASON_CHARS_MAX),
  })
  switch (outcome.kind) {
    case "refused": {
      const { status, refusal, isKeyRefused } = outcome
      // Providers repeat the end of a key that they refuse.
      const code = refusal.code ?? refusal.type
      return write(status, isKeyRefused ? `the key was refused${code === null ? "" : ` (${code})`}` : refusal.message)
    }
    case "unreadable":
      return write(outcome.status, "the answer could not be read")
    case "unreached":
      return outcome.reason === "aborted" || outcome.reason === "not_sent" ? null : write(null, outcome.message)
  }
}
