// The metrics of the gateway, and their text in Prometheus' format, which prom-client writes. Loaded with the first scrape.
// Labels come from closed sets: never a model, an id, an owner or any other text of a caller.
import { type Metric, Registry } from "prom-client"
import type { Histogram, Kind, Readings, Unfinished } from "../../engine/threads/protocol.ts"
import type { MemberView } from "../../jobs/gateways.ts"
import type { Sizes } from "../../jobs/reads.ts"
import type { ProviderSettings } from "../../providers/provider.ts"

/** A member that is null could not be read: its metrics have no samples. */
export interface Facts {
  version: string
  readings: Readings | null
  engineSilentMs: number
  /** Why the store takes no writes; null: it does. */
  trouble: string | null
  /** provider -> when the first of its queued jobs is or was due */
  oldestDue: ReadonlyMap<string, number> | null
  sizes: Sizes | null
  /** The gateways of the database; null: it has this one alone. */
  gateways: readonly MemberView[] | null
  /** Endpoint -> how many deliveries are pending. */
  pendingDeliveries: ReadonlyMap<number, number> | null
  providers: ReadonlyMap<string, ProviderSettings>
  /** How many answers clients read as streams. */
  streams: number
  rssBytes: number
  cpuSeconds: number
  now: number
}

type Labels = Record<string, string>

interface Sample {
  labels: Labels
  value: number
  /** Where it differs from the name of the family. */
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
  for (const family of listFamilies(facts)) registry.registerMetric(toMetric(family))
  return { text: await registry.metrics(), contentType: registry.contentType }
}

/** Values that are counted already, in the shape that prom-client's registry reads from its own metrics. */
function toMetric(family: Family): Metric {
  const metric: Pick<Family, "name"> & { get: () => Promise<Family> } = { name: family.name, get: async () => family }
  return metric as unknown as Metric
}

function listFamilies(facts: Facts): Family[] {
  const { readings } = facts
  return [
    ...describeProcess(facts),
    ...describeGateways(facts),
    ...describeStore(facts),
    ...describeJobs(readings?.unfinished ?? [], readings?.kinds ?? []),
    gauge("asyncgate_streams", "Requests for a stream that are open.", [sample(facts.streams)]),
    ...describeQueues(readings?.unfinished ?? [], facts),
    ...describeWebhooks(facts),
    ...describeEngine(facts),
  ]
}

function describeWebhooks({ readings, pendingDeliveries }: Facts): Family[] {
  const pending = pendingDeliveries && [...pendingDeliveries.values()].reduce((sum, count) => sum + count, 0)
  return [
    gauge(
      "asyncgate_webhook_deliveries_pending",
      "Deliveries of webhooks that are due, or wait to be tried again.",
      pending === null ? [] : [sample(pending)],
    ),
    counter(
      "asyncgate_webhook_tries_total",
      "Tries to deliver a webhook, by outcome; exhausted: the last of them failed.",
      Object.entries(readings?.deliveries ?? {}).map(([outcome, count]) => sample(count, { outcome })),
    ),
  ]
}

function describeProcess({ version, rssBytes, cpuSeconds }: Facts): Family[] {
  return [
    gauge("asyncgate_info", "The running version.", [sample(1, { version })]),
    gauge("process_start_time_seconds", "Start time of the process in seconds since 1970.", [
      sample(performance.timeOrigin / 1000),
    ]),
    gauge("process_resident_memory_bytes", "Resident memory of the process, all threads together, in bytes.", [
      sample(rssBytes),
    ]),
    counter("process_cpu_seconds_total", "Total user and system CPU time in seconds.", [sample(cpuSeconds)]),
  ]
}

/** Only where there can be several. */
function describeGateways({ gateways }: Facts): Family[] {
  if (gateways === null) return []
  const running = gateways.filter(({ isRunning }) => isRunning).length
  return [
    gauge(
      "asyncgate_gateways",
      "The gateways of the database: the one that runs the jobs, and those that wait to take over.",
      [sample(running, { state: "running" }), sample(gateways.length - running, { state: "waiting" })],
    ),
  ]
}

function describeStore({ trouble, sizes }: Facts): Family[] {
  const bytes = (read: (sizes: Sizes) => number | null) => {
    const size = sizes === null ? null : read(sizes)
    return size === null ? [] : [sample(size)]
  }
  return [
    gauge("asyncgate_store_writable", "1 while new jobs are accepted, 0 while the disk is full or failing.", [
      sample(trouble === null ? 1 : 0),
    ]),
    gauge(
      "asyncgate_database_bytes",
      "Size of the database in bytes.",
      bytes(({ databaseBytes }) => databaseBytes),
    ),
    gauge(
      "asyncgate_wal_bytes",
      "Size of the database's write-ahead log in bytes.",
      bytes(({ walBytes }) => walBytes),
    ),
    gauge(
      "asyncgate_disk_free_bytes",
      "Free space on the disk of the database in bytes.",
      bytes(({ diskFreeBytes }) => diskFreeBytes),
    ),
  ]
}

function describeJobs(unfinished: Unfinished[], kinds: Kind[]): Family[] {
  const states = ["queued", "running", "waiting"] as const
  const byKind = (read: (kind: Kind) => Record<string, number>, label: string) =>
    kinds.flatMap((kind) =>
      Object.entries(read(kind)).map(([name, count]) => sample(count, { [label]: name, ...makeLabels(kind) })),
    )
  const histograms = (read: (kind: Kind) => Histogram) => kinds.map((kind) => [makeLabels(kind), read(kind)] as const)
  return [
    gauge(
      "asyncgate_jobs",
      'Jobs that have not ended, by state; waiting: for an upstream job. Type "unclassified": queued before the start, and too many to be counted by type.',
      unfinished.flatMap((jobs) => states.map((state) => sample(jobs[state], { state, ...makeLabels(jobs) }))),
    ),
    counter(
      "asyncgate_jobs_accepted_total",
      "Jobs accepted.",
      kinds.map((kind) => sample(kind.accepted, makeLabels(kind))),
    ),
    counter(
      "asyncgate_jobs_ended_total",
      "Jobs ended, by their last state; removed: deleted before their end.",
      byKind(({ ended }) => ended, "state"),
    ),
    counter(
      "asyncgate_attempts_total",
      "Attempts ended, by outcome.",
      byKind(({ attempts }) => attempts, "outcome"),
    ),
    histogram(
      "asyncgate_job_wait_seconds",
      "Time from a job's acceptance to its first attempt in seconds.",
      histograms(({ wait }) => wait),
    ),
    histogram(
      "asyncgate_job_run_seconds",
      "Time from the start of a job's last attempt to its end in seconds.",
      histograms(({ run }) => run),
    ),
    histogram(
      "asyncgate_upstream_latency_seconds",
      "Time from a call to the provider's response, whatever it was, in seconds.",
      histograms(({ upstream }) => upstream),
    ),
  ]
}

function describeQueues(unfinished: Unfinished[], { oldestDue, providers, now }: Facts): Family[] {
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
      "Maximum number of jobs in the provider's queue (buffer_size).",
      names.flatMap((provider) => {
        const settings = providers.get(provider)
        return settings ? [sample(settings.bufferSize, { provider })] : []
      }),
    ),
    gauge(
      "asyncgate_queue_oldest_age_seconds",
      "How long the oldest due job of the provider's queue has been due in seconds; 0 where none is due.",
      oldestDue === null
        ? []
        : names
            .filter((provider) => providers.has(provider))
            .map((provider) => sample(Math.max(0, now - (oldestDue.get(provider) ?? now)) / 1000, { provider })),
    ),
  ]
}

function describeEngine({ readings, engineSilentMs }: Facts): Family[] {
  const one = (read: (readings: Readings) => number | null) => {
    const value = readings === null ? null : read(readings)
    return value === null ? [] : [sample(value)]
  }
  const all = (read: (readings: Readings) => Histogram) => (readings === null ? [] : [[{}, read(readings)] as const])
  return [
    gauge("asyncgate_engine_up", "1 if the engine thread answered this scrape, 0 while it waits for the disk.", [
      sample(readings === null ? 0 : 1),
    ]),
    gauge("asyncgate_engine_heartbeat_age_seconds", "Time since the last message of the engine thread in seconds.", [
      sample(engineSilentMs / 1000),
    ]),
    histogram(
      "asyncgate_commit_seconds",
      "Duration of a transaction that changed jobs, until it was on disk, in seconds.",
      all(({ commits }) => commits.took),
    ),
    histogram(
      "asyncgate_commit_changes",
      "Number of changes of jobs in one transaction.",
      all(({ commits }) => commits.changes),
    ),
    counter(
      "asyncgate_commits_failed_total",
      "Transactions rolled back.",
      one(({ commits }) => commits.failed),
    ),
    gauge(
      "asyncgate_provider_threads",
      "Provider threads alive.",
      one(({ threads }) => threads.alive),
    ),
    counter(
      "asyncgate_provider_threads_died_total",
      "Provider threads that died.",
      one(({ threads }) => threads.died),
    ),
    counter(
      "asyncgate_provider_threads_replaced_total",
      "Provider threads started in place of a dead one.",
      one(({ threads }) => threads.replaced),
    ),
    counter(
      "asyncgate_reaper_jobs_pruned_total",
      "Ended jobs deleted after their time to live, and stored responses deleted before it because the database was too large.",
      one(({ reaper }) => reaper.pruned),
    ),
    counter(
      "asyncgate_reaper_leases_lapsed_total",
      "Attempts whose lease expired.",
      one(({ reaper }) => reaper.lapsed),
    ),
    gauge(
      "asyncgate_reaper_last_run_timestamp_seconds",
      "Time of the reaper's last run in seconds since 1970.",
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
  return {
    name,
    help,
    type: "histogram",
    values: all.flatMap(([labels, counted]) => listSamples(name, labels, counted)),
  }
}

/** Buckets are cumulative: each counts all values up to its bound. */
function listSamples(name: string, labels: Labels, { bounds, counts, sum }: Histogram): Sample[] {
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

function makeLabels({ provider, type }: { provider: string; type: string }): Labels {
  return { provider, type }
}
