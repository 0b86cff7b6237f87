// What the doctor says of one thing that it has looked at.

export interface Result {
  /** What was looked at, in a word. */
  check: string
  /** `skipped`: it could not be looked at, or not to its end. */
  state: "ok" | "warning" | "error" | "skipped"
  says: string
  /** What to do about it. */
  remedy?: string
}

/** A check of one name: each of its results is made with a word less. */
export function createResults(check: string) {
  const make =
    (state: Result["state"]) =>
    (says: string, remedy?: string): Result => ({ check, state, says, ...(remedy === undefined ? {} : { remedy }) })
  return { ok: make("ok"), warning: make("warning"), error: make("error"), skipped: make("skipped") }
}
