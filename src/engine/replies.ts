// Reports to the HTTP server after each commit which of its requests are stored and which watched jobs have ended.
import type { FromEngine } from "./threads/protocol.ts"

export type Replies = ReturnType<typeof createReplies>

export function createReplies(post: (message: FromEngine) => void) {
  /** Jobs whose end is to be reported. */
  const watched = new Set<string>()
  const stored: number[] = []
  const ended: string[] = []
  const changed: FromEngine[] = []
  /** Jobs whose answer the HTTP server reads as a stream. */
  const streamed = new Set<string>()

  return {
    post,

    /** Reports that the request with this sequence number is on disk. */
    stored(seq: number): void {
      stored.push(seq)
    },

    /** Records whether the HTTP server reads the answer of a job that has not ended as a stream. */
    setStreamed(id: string, isStreamed: boolean): void {
      if (isStreamed) streamed.add(id)
      else streamed.delete(id)
    },

    /** Reports how many jobs a batch has changed. Those that it has removed are reported as stored before. */
    changed(seq: number, count: number, looked: number): void {
      changed.push({ kind: "changed", seq, count, looked })
    },

    isStreamed: (id: string): boolean => streamed.has(id),

    watch(id: string): void {
      watched.add(id)
    },

    /** Reports that a job has ended or was removed, where it is watched. */
    ended(id: string): void {
      streamed.delete(id)
      if (watched.delete(id)) ended.push(id)
    },

    /** Sends one message for all stored requests and one for all ended jobs: a turn can have hundreds of each. */
    flush(): void {
      if (stored.length > 0) post(stored.splice(0).join())
      for (const message of changed.splice(0)) post(message)
      if (ended.length > 0) post({ kind: "ended", ids: ended.splice(0) })
    },
  }
}
