// Jobs that were accepted and cannot go out as the gateway is configured now: they wait, and the operator is told at the start.
import type { Lane } from "../jobs/job.ts"
import { explainLack } from "../providers/keys.ts"
import type { ProviderSettings } from "../providers/provider.ts"

/** How many jobs wait for a provider in vain, and what to configure for the first of them, in words. */
export interface Lack {
  provider: string
  jobs: number
  lack: string
}

/**
 * @param queued provider -> how many jobs are queued for it
 * @param unserved the lanes of configured providers that cannot go out
 * @param others jobs that are not queued, but will be called: those that wait for an upstream job or were cut off
 */
export function lacksOf(
  providers: ReadonlyMap<string, ProviderSettings>,
  queued: ReadonlyMap<string, number>,
  unserved: readonly (Lane & { jobs: number })[],
  others: readonly Lane[],
): Lack[] {
  const unknown = [...queued].map(([provider, jobs]) => ({ provider, model: "", keyChoice: "", owner: "", jobs }))
  const all = [
    ...unknown.filter(({ provider }) => !providers.has(provider)),
    ...unserved,
    ...others.map((job) => ({ ...job, jobs: 1 })),
  ]
  const lacks = new Map<string, Lack>()
  for (const { jobs, ...lane } of all) {
    const lack = explainLack(providers.get(lane.provider), lane)
    if (lack === null || jobs === 0) continue
    const there = lacks.get(lane.provider) ?? { provider: lane.provider, jobs: 0, lack }
    there.jobs += jobs
    lacks.set(lane.provider, there)
  }
  return [...lacks.values()]
}
