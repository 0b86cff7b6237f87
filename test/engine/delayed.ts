// A store behind a delay: the real one, which is asked in a later turn of the event loop and answers in another one after that.
import type { Store } from "../../src/jobs/store.ts"

export function delayed(store: Store): Store {
  const delay = () => new Promise<void>((resolve) => setImmediate(resolve))
  const functions = Object.entries<(...args: never[]) => unknown>(store as never).map(([name, ask]) => [
    name,
    async (...args: never[]) => {
      await delay()
      try {
        return ask(...args)
      } finally {
        await delay()
      }
    },
  ])
  return Object.fromEntries(functions) as Store
}
