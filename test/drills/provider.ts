// The provider of a drill: it answers each question after a moment, and counts how often it was asked and what is out.
import { completion, startUpstream, type Upstream } from "../upstream.ts"

const ANSWER_MS = 50

export interface Provider {
  upstream: Upstream
  /** Question -> how often it was asked. */
  calls: Map<string, number>
  /** How many calls have no answer yet. */
  out(): number
}

export function startProvider(): Provider {
  const calls = new Map<string, number>()
  let out = 0
  const upstream = startUpstream(async ({ body }) => {
    const question: string = JSON.parse(body).messages[0].content
    calls.set(question, (calls.get(question) ?? 0) + 1)
    out++
    await Bun.sleep(ANSWER_MS)
    out--
    return completion("an answer")
  })
  return { upstream, calls, out: () => out }
}
