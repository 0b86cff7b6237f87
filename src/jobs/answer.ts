// The answers of a store: SQLite returns values, another store may return promises. The helpers here accept both.

/** The value itself, or a promise of it. */
export type Answer<T> = T | Promise<T>

/** Calls `use` with the answer. A value is used at once, because a promise would cost a poll more than its query. */
export function andThen<T, R>(answer: Answer<T>, use: (value: T) => Answer<R>): Answer<R> {
  return answer instanceof Promise ? answer.then(use) : use(answer)
}

/** Asks a question and calls `use` with the answer or `failed` with the error, in the same tick where the answer is a value. */
export function ask<T>(question: () => Answer<T>, use: (value: T) => void, failed: (error: unknown) => void): void {
  let answer: Answer<T>
  try {
    answer = question()
  } catch (error) {
    failed(error)
    return
  }
  if (answer instanceof Promise) answer.then(use, failed)
  else use(answer)
}
