// What the tests of the engine wait for, and how they hear what a real thread is told.
import type { ToWorker } from "../../src/engine/threads/protocol.ts"

/** Gives everything that is scheduled its turns until `isTrue`, at most for the time limit of the test. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** Calls `hear` with every message to the thread, before the thread gets it. */
export function watchThread(worker: Worker, hear: (message: ToWorker) => void): Worker {
  const tell = worker.postMessage.bind(worker)
  worker.postMessage = (message: ToWorker, transfer: unknown = []) => {
    hear(message)
    tell(message, transfer as ArrayBuffer[])
  }
  return worker
}
