// What the parts of the store share in a turn: its transaction, and its time.
import { StoreError } from "../storeerror.ts"
import type { Transaction } from "./pgwriter.ts"

export interface Turn extends Transaction {
  now: number
}

/** The numbers that a statement returns. Any that was not asked for is of another statement: the driver has mixed up answers. */
export function checkNumbers(rows: readonly { number: number }[], asked: readonly number[]): Set<number> {
  const wanted = new Set(asked)
  const got = new Set<number>()
  for (const { number } of rows) {
    if (!wanted.has(number)) throw mixedUp(`row ${number}`)
    got.add(number)
  }
  return got
}

/** The error of an answer that belongs to another question. The turn is rolled back, and tried again. */
export function mixedUp(what: string): StoreError {
  return new StoreError("unavailable", "MIXED_UP", `the driver answered with ${what}, which was not asked for`)
}
