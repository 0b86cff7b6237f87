// A store with a delay: the real store is called in a later turn of the event loop, and its answer comes in another turn.
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
