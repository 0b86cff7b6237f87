// Reports to the HTTP server after each commit which of its requests are stored, and which jobs have ended for which somebody waits.
import type { Reader } from "../call.ts"
import type { FromEngine } from "./threads/protocol.ts"

export type Replies = ReturnType<typeof createReplies>

export function createReplies(post: (message: FromEngine) => void) {
  /** Jobs whose end is to be reported. */
  const watched = new Set<string>()
  const stored: number[] = []
  const ended: string[] = []
  const changed: FromEngine[] = []
  /** Jobs that have not ended -> how the client that waits since their submit reads the answer. */
  const readers = new Map<string, Reader>()

  return {
    post,

    /** Reports that the request with this sequence number is on disk. */
    stored(seq: number): void {
      stored.push(seq)
    },

    /** Records that a client waits for a job that is about to be stored. Its end is reported. */
    expect(id: string, reader: Reader): void {
      readers.set(id, reader)
    },

    /** Reports how many jobs a batch has changed. Those that it has removed are reported as stored before. */
    changed(seq: number, count: number, looked: number): void {
      changed.push({ kind: "changed", seq, count, looked })
    },

    /** Undoes that, because the job is not stored. */
    forget(id: string): void {
      readers.delete(id)
    },

    findReader: (id: string): Reader | undefined => readers.get(id),

    watch(id: string): void {
      watched.add(id)
    },

    /** Reports that a job has ended or was removed, where somebody waits for it. */
    ended(id: string): void {
      const isAwaited = readers.delete(id)
      if (watched.delete(id) || isAwaited) ended.push(id)
    },

    /** Sends one message for all stored requests and one for all ended jobs: a turn can have hundreds of each. */
    flush(): void {
      if (stored.length > 0) post(stored.splice(0).join())
      for (const message of changed.splice(0)) post(message)
      if (ended.length > 0) post({ kind: "ended", ids: ended.splice(0) })
    },
  }
}
