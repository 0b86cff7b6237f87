// What is there of the answer of a response that did not succeed: the items that came before its end.
import { type BrokenAnswer, readBroken } from "../../endpoints/streams/brokenanswer.ts"
import type { Reads } from "../../jobs/reads.ts"

export async function readBrokenAnswer(id: string, reads: Pick<Reads, "events">): Promise<BrokenAnswer> {
  const lines: string[] = []
  for (;;) {
    const more = await reads.events(id, lines.length)
    if (more === null) return readBroken(lines)
    lines.push(...more.lines)
  }
}
