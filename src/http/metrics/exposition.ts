// What is known of the gateway as families of metrics, and those as Prometheus' text, which prom-client writes. Loaded with
// the first scrape. Labels come from closed sets: a model, an id, an owner or any other text of a caller is never one.
import { type Metric, Registry } from "prom-client"
import type { Histogram, Kind, Readings, Unfinished } from "../../engine/threads/protocol.ts"
import type { Sizes } from "../../jobs/sqlite/database.ts"
import type { ProviderSettings } from "../../providers/provider.ts"

/** Members that are null are not known now: their families have no samples. */
export interface Facts {
  version: string
  readings: Readings | null
  engineSilentMs: number
  /** Why the store takes no writes. */
  trouble: string | null
  /** provider -> when the first of its queued jobs is or was due */
  oldestDue: ReadonlyMap<string, number> | null
  sizes: Sizes | null
  providers: ReadonlyMap<string, ProviderSettings>
  rssBytes: number
  cpuSeconds: number
  now: number
}

type Labels = Record<string, string>

interface Sample {
  labels: Labels
  value: number
  /** Where it is not the family's own. */
  metricName?: string
}

interface Family {
  name: string
  help: string
  type: "counter" | "gauge" | "histogram"
  values: Sample[]
}

export async function expose(facts: Facts): Promise<{ text: string; contentType: string }> {
  const registry = new Registry()
  for (const family of families(facts)) registry.registerMetric(ready(family))
  return { text: await registry.metrics(), contentType: registry.contentType }
}

/** prom-client's own metrics count one by one; what is counted already goes in as what they would give to the registry. */
function ready(family: Family): Metric {
  const metric: Pick<Family, "name"> & { get: () => Promise<Family> } = { name: family.name, get: async () => family }
  return metric as unknown as Metric
}

function families(facts: Facts): Family[] {
  const { readings } = facts
  return [
    ...ofProcess(facts),
    ...ofStore(facts),
    ...ofJobs(readings?.unfinished ?? [], readings?.kinds ?? []),
    ...ofQueues(readings?.unfinished ?? [], facts),
    ...ofEngine(facts),
  ]
}

function ofProcess({ version, rssBytes, cpuSeconds }: Facts): Family[] {
  return [
    gauge("asyncgate_info", "The version that runs.", [sample(1, { version })]),
    gauge("process_start_time_seconds", "When the process started, in seconds since 1970.", [
      sample(performance.timeOrigin / 1000),
    ]),
    gauge("process_resident_memory_bytes", "Memory of the process, with all its threads.", [sample(rssBytes)]),
    counter("process_cpu_seconds_total", "Time of the processors, of all threads.", [sample(cpuSeconds)]),
  ]
}

function ofStore({ trouble, sizes }: Facts): Family[] {
  const bytes = (read: (sizes: Sizes) => number) => (sizes === null ? [] : [sample(read(sizes))])
  return [
    gauge("asyncgate_store_writable", "1 while new work is taken, 0 while the disk is full or fails.", [
      sample(trouble === null ? 1 : 0),
    ]),
    gauge(
      "asyncgate_database_bytes",
      "Size of the database file.",
      bytes(({ databaseBytes }) => databaseBytes),
    ),
    gauge(
      "asyncgate_wal_bytes",
      "Size of the database's log.",
      bytes(({ walBytes }) => walBytes),
    ),
    gauge(
      "asyncgate_disk_free_bytes",
      "What is free on the disk of the database.",
      bytes(({ diskFreeBytes }) => diskFreeBytes),
    ),
  ]
}

function ofJobs(unfinished: Unfinished[], kinds: Kind[]): Family[] {
  const states = ["queued", "running", "waiting"] as const
  const byKind = (read: (kind: Kind) => Record<string, number>, label: string) =>
    kinds.flatMap((kind) =>
      Object.entries(read(kind)).map(([name, count]) => sample(count, { [label]: name, ...labelsOf(kind) })),
    )
  const histograms = (read: (kind: Kind) => Histogram) => kinds.map((kind) => [labelsOf(kind), read(kind)] as const)
  return [
    gauge(
      "asyncgate_jobs",
      'Jobs that have not ended; waiting: for the provider\'s own job. Type "unclassified": queued before the start, and too many to be told apart.',
      unfinished.flatMap((jobs) => states.map((state) => sample(jobs[state], { state, ...labelsOf(jobs) }))),
    ),
    counter(
      "asyncgate_jobs_accepted_total",
      "Jobs that were accepted.",
      kinds.map((kind) => sample(kind.accepted, labelsOf(kind))),
    ),
    counter(
      "asyncgate_jobs_ended_total",
      "Jobs that ended, and how; removed: deleted before their end.",
      byKind(({ ended }) => ended, "state"),
    ),
    counter(
      "asyncgate_attempts_total",
      "Attempts that ended, by what they came to.",
      byKind(({ attempts }) => attempts, "outcome"),
    ),
    histogram(
      "asyncgate_job_wait_seconds",
      "From a job's acceptance to its first attempt.",
      histograms(({ wait }) => wait),
    ),
    histogram(
      "asyncgate_job_run_seconds",
      "From the beginning of a job's last attempt to its end.",
      histograms(({ run }) => run),
    ),
    histogram(
      "asyncgate_upstream_latency_seconds",
      "From a call to the provider's answer, whatever it was.",
      histograms(({ upstream }) => upstream),
    ),
  ]
}

function ofQueues(unfinished: Unfinished[], { oldestDue, providers, now }: Facts): Family[] {
  const depths = new Map<string, number>()
  for (const { provider, queued } of unfinished) depths.set(provider, (depths.get(provider) ?? 0) + queued)
  const names = [...depths.keys()]
  return [
    gauge(
      "asyncgate_queue_depth",
      "Jobs in the provider's queue.",
      [...depths].map(([provider, queued]) => sample(queued, { provider })),
    ),
    gauge(
      "asyncgate_queue_limit",
      "How many jobs may be in the provider's queue (buffer_size).",
      names.flatMap((provider) => {
        const settings = providers.get(provider)
        return settings ? [sample(settings.bufferSize, { provider })] : []
      }),
    ),
    gauge(
      "asyncgate_queue_oldest_age_seconds",
      "For how long the first job of the provider's queue has been due; 0: none is.",
      oldestDue === null
        ? []
        : names
            .filter((provider) => providers.has(provider))
            .map((provider) => sample(Math.max(0, now - (oldestDue.get(provider) ?? now)) / 1000, { provider })),
    ),
  ]
}

function ofEngine({ readings, engineSilentMs }: Facts): Family[] {
  const one = (read: (readings: Readings) => number | null) => {
    const value = readings === null ? null : read(readings)
    return value === null ? [] : [sample(value)]
  }
  const all = (read: (readings: Readings) => Histogram) => (readings === null ? [] : [[{}, read(readings)] as const])
  return [
    gauge("asyncgate_engine_up", "Whether the engine's thread answered this scrape; else it is stuck in the disk.", [
      sample(readings === null ? 0 : 1),
    ]),
    gauge("asyncgate_engine_heartbeat_age_seconds", "How long ago the engine's thread was last heard.", [
      sample(engineSilentMs / 1000),
    ]),
    histogram(
      "asyncgate_commit_seconds",
      "How long a transaction that changed jobs took, from its begin to the disk.",
      all(({ commits }) => commits.took),
    ),
    histogram(
      "asyncgate_commit_changes",
      "How many changes of jobs went into one transaction.",
      all(({ commits }) => commits.changes),
    ),
    counter(
      "asyncgate_commits_failed_total",
      "Transactions that were undone.",
      one(({ commits }) => commits.failed),
    ),
    gauge(
      "asyncgate_provider_threads",
      "Threads that make calls.",
      one(({ threads }) => threads.alive),
    ),
    counter(
      "asyncgate_provider_threads_died_total",
      "Threads that died with their calls.",
      one(({ threads }) => threads.died),
    ),
    counter(
      "asyncgate_provider_threads_replaced_total",
      "Threads that took the place of a dead one.",
      one(({ threads }) => threads.replaced),
    ),
    counter(
      "asyncgate_reaper_jobs_pruned_total",
      "Ended jobs that were deleted when their time was over.",
      one(({ reaper }) => reaper.pruned),
    ),
    counter(
      "asyncgate_reaper_leases_lapsed_total",
      "Attempts that nobody ended in their time.",
      one(({ reaper }) => reaper.lapsed),
    ),
    gauge(
      "asyncgate_reaper_last_run_timestamp_seconds",
      "When the reaper last looked, in seconds since 1970.",
      one(({ reaper }) => (reaper.lastRunAt === null ? null : reaper.lastRunAt / 1000)),
    ),
  ]
}

function gauge(name: string, help: string, values: Sample[]): Family {
  return { name, help, type: "gauge", values }
}

function counter(name: string, help: string, values: Sample[]): Family {
  return { name, help, type: "counter", values }
}

function histogram(name: string, help: string, all: (readonly [Labels, Histogram])[]): Family {
  return { name, help, type: "histogram", values: all.flatMap(([labels, counted]) => samplesOf(name, labels, counted)) }
}

/** Each bucket has all that is not above its bound: those of the buckets before it, too. */
function samplesOf(name: string, labels: Labels, { bounds, counts, sum }: Histogram): Sample[] {
  let count = 0
  const buckets = counts.map((inBucket, at) => {
    count += inBucket
    return { metricName: `${name}_bucket`, labels: { le: String(bounds[at] ?? "+Inf"), ...labels }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]
}

function sample(value: number, labels: Labels = {}): Sample {
  return { labels, value }
}

function labelsOf({ provider, type }: { provider: string; type: string }): Labels {
  return { provider, type }
}
