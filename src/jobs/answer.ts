// Answers of a store: a store inside this process gives values, another one may give promises. Whoever asks works with both.

/** The value itself, or a promise of it. */
export type Answer<T> = T | Promise<T>

/** Uses an answer as soon as it is there. A value is used at once: a promise would cost a poll more than the question itself. */
export function andThen<T, R>(answer: Answer<T>, use: (value: T) => Answer<R>): Answer<R> {
  return answer instanceof Promise ? answer.then(use) : use(answer)
}

/** Asks, and goes on with the answer or with what went wrong: in the same tick where it is there, else when it comes. */
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
