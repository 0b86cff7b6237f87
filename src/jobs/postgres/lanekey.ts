// The number that stands for a lane in the table of jobs: the five members of a lane can be too long for an index of PostgreSQL.
import { sha256Hex } from "../../digest.ts"
import type { Lane } from "../job.ts"

/** How many are kept: a gateway with more lanes computes some of them again, in 2 µs each. */
const KEPT_MAX = 10_000

const kept = new Map<string, number>()

/** 52 bits of a digest. Two lanes may have the same number: queries compare the members too. */
export function findLaneKey({ provider, model, keyChoice, owner, priority }: Lane): number {
  // As PostgreSQL stores texts: a lane that is read from the database has the same number.
  const name = [provider, model, keyChoice, owner, priority].join("\n").toWellFormed().replaceAll("\0", "\ufffd")
  let key = kept.get(name)
  if (key === undefined) {
    if (kept.size >= KEPT_MAX) kept.clear()
    key = Number.parseInt(sha256Hex(name).slice(0, 13), 16)
    kept.set(name, key)
  }
  return key
}
