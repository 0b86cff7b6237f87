// A new directory's first start is killed in its first second, again and again, each time in another directory: the next start takes up
// whatever it finds, and every job that was acknowledged in between ends.
import { type Life, live } from "./lives.ts"
import type { Section } from "./report.ts"
import type { Run } from "./site.ts"

export async function tortureByFirstStarts(run: Run, { starts }: { starts: number }): Promise<Section[]> {
  const lives = Array.from(
    { length: starts },
    (_, number): Life => ({ name: `first-start-${number}`, seed: run.seed + number, earlyShare: 0.6 }),
  )
  return [await live(run, "first starts", lives)]
}
