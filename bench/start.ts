// What the binary weighs, how long it takes from nothing to the first answer, and what the process weighs when it then has nothing to do.
import { statSync } from "node:fs"
import { type Context, memoryMb, startGateway } from "./gateway.ts"
import { median } from "./spread.ts"
import type { Measurement } from "./table.ts"

const STARTS = 7
/** After this the start's garbage is given back, as far as it ever is. */
const SETTLE_MS = 1000

/** Each start has a fresh directory, so the database is made and migrated in that time too. The binary is in the page cache. */
export async function measureStart(context: Context): Promise<Measurement> {
  const startsMs: number[] = []
  const idlesMb: number[] = []
  for (let n = 0; n < STARTS; n++) {
    const startedAt = performance.now()
    const gateway = await startGateway(context)
    const response = await fetch(`${gateway.url}/health`)
    startsMs.push(performance.now() - startedAt)
    if (response.status !== 200) throw new Error(`/health answered ${response.status}`)
    await Bun.sleep(SETTLE_MS)
    idlesMb.push(memoryMb(gateway.pid))
    await gateway.stop()
  }
  return {
    rows: [
      { what: "the binary", measured: statSync(context.binary).size / 1_000_000, unit: "MB", bar: { below: 120 } },
      { what: "cold start to 200 on /health", measured: median(startsMs), unit: "ms", bar: { below: 60 } },
      { what: "idle memory", measured: median(idlesMb), unit: "MB", bar: { below: 60 } },
    ],
    raw: { startsMs, idlesMb },
  }
}
