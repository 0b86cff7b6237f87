// Bounds the memory of requests: a body is in memory several times while its call is in flight. Small bodies are not counted; calls
// with large ones are sent as far as they fit, the others later in their order.

/** How many bytes of large bodies may be in flight. A larger body is sent alone. */
const OUT_BYTES_MAX = 128 * 1024 * 1024
const LARGE_BYTES = 1024 * 1024

export type Outgoing = ReturnType<typeof createOutgoing>

export function createOutgoing() {
  const out = new Map<string, number>()
  const waiting = new Map<string, number>()
  let bytesOut = 0

  function start(jobId: string, bytes: number): void {
    waiting.delete(jobId)
    out.set(jobId, bytes)
    bytesOut += bytes
  }

  function fits(bytes: number): boolean {
    return out.size === 0 || bytesOut + bytes <= OUT_BYTES_MAX
  }

  return {
    /** Whether the call of a job may be sent now. If not, it waits until an `end` returns its id. */
    start(jobId: string, bytes: number): boolean {
      if (bytes < LARGE_BYTES) return true
      if (waiting.size > 0 || !fits(bytes)) {
        waiting.set(jobId, bytes)
        return false
      }
      start(jobId, bytes)
      return true
    },

    /** Removes calls that have ended or were not sent, and returns the ids of the jobs whose calls may be sent now. */
    end(jobIds: readonly string[]): string[] {
      for (const jobId of jobIds) {
        bytesOut -= out.get(jobId) ?? 0
        out.delete(jobId)
        waiting.delete(jobId)
      }
      const next: string[] = []
      for (const [id, wanted] of waiting) {
        if (!fits(wanted)) break
        start(id, wanted)
        next.push(id)
      }
      return next
    },
  }
}
