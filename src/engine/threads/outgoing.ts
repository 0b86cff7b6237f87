// How much of requests is out at one time: a body is in memory as long as its call is out, and in several forms. Calls with small
// bodies are not counted; of the large ones so many go out as there is room for, the others in their order after them.

/** How much of large bodies may be out; one that is larger goes out alone. */
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
    /** Whether the job's call goes out now; else it waits, and `end` says when it goes. */
    start(jobId: string, bytes: number): boolean {
      if (bytes < LARGE_BYTES) return true
      if (waiting.size > 0 || !fits(bytes)) {
        waiting.set(jobId, bytes)
        return false
      }
      start(jobId, bytes)
      return true
    },

    /** The call has ended, or never went out. Those that go now. */
    end(jobId: string): string[] {
      const bytes = out.get(jobId)
      if (!waiting.delete(jobId) && bytes === undefined) return []
      out.delete(jobId)
      bytesOut -= bytes ?? 0
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
