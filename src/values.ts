// Values of unknown form, as what they should be: of another form they count as empty. Pure.
import { ExactNumber } from "./exactjson.ts"

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
}

export function asRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}

export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

export function asRecords(value: unknown): Record<string, unknown>[] {
  return asList(value).map(asRecord)
}

export function asText(value: unknown): string {
  return typeof value === "string" ? value : ""
}

/** A text, a number or a truth value as a text. All else is empty: of some of it, as `{"toString": 1}`, String would throw. */
export function asWord(value: unknown): string {
  const isWord = typeof value !== "object" || value instanceof ExactNumber
  return isWord && value !== undefined ? String(value) : ""
}

/** What was thrown, in words, as `ENOSPC: no space left on device, write`. */
export function describeCause(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
