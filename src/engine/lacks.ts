// Finds accepted jobs that wait because the configuration lacks something, such as a key: the log names them at the start.
import type { Lane } from "../jobs/job.ts"
import type { QueuedLane } from "../jobs/store.ts"
import { explainLack } from "../providers/keys.ts"
import type { ProviderSettings } from "../providers/provider.ts"

/** How many jobs wait for one provider, and what to configure for the first of them, in words. */
export interface Lack {
  provider: string
  jobs: number
  lack: string
}

/**
 * @param queued how many jobs are queued in each lane
 * @param unserved the lanes of configured providers for which no key is configured
 * @param others jobs that are not queued but need further calls: those that wait for an upstream job or were interrupted
 */
export function findLacks(
  providers: ReadonlyMap<string, ProviderSettings>,
  queued: readonly QueuedLane[],
  unserved: readonly Lane[],
  others: readonly Lane[],
): Lack[] {
  const names = new Set(unserved.map(nameLane))
  const waiting = queued.filter((lane) => !providers.has(lane.provider) || names.has(nameLane(lane)))
  const lacks = new Map<string, Lack>()
  for (const { jobs, ...lane } of [...waiting, ...others.map((job) => ({ ...job, jobs: 1 }))]) {
    const lack = explainLack(providers.get(lane.provider), lane)
    if (lack === null || jobs === 0) continue
    const there = lacks.get(lane.provider) ?? { provider: lane.provider, jobs: 0, lack }
    there.jobs += jobs
    lacks.set(lane.provider, there)
  }
  return [...lacks.values()]
}

function nameLane({ provider, model, keyChoice, owner, priority }: Lane): string {
  return [provider, model, keyChoice, owner, priority].join("\n")
}
