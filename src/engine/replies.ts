// What the HTTP server is told when a turn is on disk: which of its requests are stored, and which watched jobs have ended.
import type { FromEngine } from "./threads/protocol.ts"

export type Replies = ReturnType<typeof createReplies>

export function createReplies(post: (message: FromEngine) => void) {
  /** Jobs whose end the HTTP server wants to hear of. */
  const watched = new Set<string>()
  const stored: number[] = []
  const ended: string[] = []

  return {
    post,

    /** What was asked with this sequence number is on disk. */
    stored(seq: number): void {
      stored.push(seq)
    },

    watch(id: string): void {
      watched.add(id)
    },

    /** A job has ended, or is not there any more. */
    ended(id: string): void {
      if (watched.delete(id)) ended.push(id)
    },

    /** In one message each: a turn can have stored hundreds. */
    flush(): void {
      if (stored.length > 0) post(stored.splice(0).join())
      if (ended.length > 0) post({ kind: "ended", ids: ended.splice(0) })
    },
  }
}
