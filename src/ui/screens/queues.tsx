// The queues: each lane of jobs that are alike with why its first job does not go out now, until when and because of which key; and
// the rate limits of the providers.
import { useState } from "preact/hooks"
import { useLive } from "../changes.ts"
import { writeCount, writeDuration, writeSpan } from "../format.ts"
import { Empty, Head, Loading, Panel, Trouble } from "../parts/panels.tsx"
import { Mark } from "../parts/state.tsx"
import { type Column, DataTable } from "../parts/table.tsx"
import { Countdown, Moment } from "../parts/values.tsx"
import { useResource, useSometimes } from "../resource.ts"
import { me } from "../session.ts"
import { now } from "../ticks.ts"
import { BulkDialog } from "./bulk.tsx"

interface Queues {
  data: Lane[]
  quotas: Quota[]
  /** Calls of the reader's jobs; `limit` null: any number. */
  slots: { in_flight: number; limit: number | null }
  has_more: boolean
}

interface Lane {
  provider: string
  model: string
  priority: string
  /** For the admin. */
  owner?: { kind: "virtual_key" | "caller_key"; id: string; name?: string | null } | null
  /** How many jobs are queued. */
  depth: number
  oldest_at: string | null
  next_at: string | null
  in_flight: number
  place: "ready" | "later" | "waiting" | "empty"
  waits_for: Wait[]
}

interface Wait {
  kind: "quota" | "key_slots" | "provider_slots" | "owner_cap" | "retry" | "no_key"
  /** In words. */
  reason: string
  key_name: string | null
  until: string | null
  limit: number | null
  in_flight: number | null
}

interface Quota {
  provider: string
  key_name: string | null
  model: string
  closed_until: string | null
  in_flight: number
  strikes: number
  /** As the provider reported; null: not known. */
  limit: number | null
  window_ms: number | null
  /** Between two calls, where they are spaced. */
  spacing_ms: number | null
  /** Until when other keys are preferred. */
  avoided_until: string | null
}

const POLL_MS = 5000
/** How often they are read at most while jobs change. */
const REFRESH_MS = 2000

export function Screen() {
  const { data, error, reload } = useResource<Queues>("/v1/async/queues", POLL_MS)
  const [cancelled, setCancelled] = useState<Lane | null>(null)
  useLive("", useSometimes(reload, REFRESH_MS))
  const close = () => {
    setCancelled(null)
    reload()
  }
  return (
    <>
      <Head title="Queues" lead={data === null ? null : describeSlots(data)} />
      {error === null ? null : <Trouble text={error} onRetry={reload} />}
      {data === null ? (
        error === null ? (
          <Loading what="Reading the queues" />
        ) : null
      ) : (
        <>
          <Lanes queues={data} onCancel={setCancelled} />
          <Quotas quotas={data.quotas} />
        </>
      )}
      {cancelled === null ? null : (
        <BulkDialog action="cancel" target={{ kind: "filter", filter: makeFilter(cancelled) }} onClose={close} />
      )}
    </>
  )
}

function describeSlots({ data, has_more, slots: { in_flight, limit } }: Queues): string {
  const queued = data.reduce((sum, { depth }) => sum + depth, 0)
  const running = limit === null ? writeCount(in_flight) : `${writeCount(in_flight)} of at most ${writeCount(limit)}`
  return `${has_more ? "at least " : ""}${writeCount(queued)} queued, ${running} in flight`
}

function Lanes({ queues: { data, has_more }, onCancel }: { queues: Queues; onCancel(lane: Lane): void }) {
  if (data.length === 0) {
    return (
      <Empty title="Nothing is queued">
        <p>
          A lane is here as long as it has jobs: those of one model, priority and owner, which wait in one line. Beside
          it stands why its first job does not go out at once.
        </p>
      </Empty>
    )
  }
  const found = countFound(data)
  const names = nameLanes(data)
  const columns: Column<Lane>[] = [
    { name: "Lane", share: 20, cell: ({ provider, model }) => <Model provider={provider} model={model} /> },
    { name: "Queued", isNumber: true, cell: ({ depth }) => writeCount(depth) },
    { name: "Oldest", isNumber: true, cell: ({ oldest_at }) => <Moment at={oldest_at} /> },
    { name: "In flight", isNumber: true, cell: writeInFlight },
    { name: "Why it waits", share: 40, isProse: true, cell: (lane) => <Reasons lane={lane} /> },
    { name: "Priority", from: "medium", cell: ({ priority }) => priority },
    ...(me.value?.kind === "admin" ? [ownerColumn] : []),
    {
      name: "Actions",
      cell: (lane) =>
        lane.depth > 0 && found.get(writeFilter(lane)) === 1 ? (
          <button type="button" class="small" onClick={() => onCancel(lane)}>
            Cancel…<span class="offscreen"> the jobs of {writeModel(lane)}</span>
          </button>
        ) : null,
    },
  ]
  return (
    <div class="lanes">
      <DataTable
        label="Lanes, longest first"
        rows={data}
        keyFor={(lane) => names.get(lane) ?? ""}
        columns={columns}
        href={(lane) => `/ui/jobs?${writeFilter(lane)}`}
      />
      {has_more ? <p class="note">These are the longest {writeCount(data.length)} lanes. There are more.</p> : null}
    </div>
  )
}

const ownerColumn: Column<Lane> = {
  name: "Owner",
  share: 14,
  cell: ({ owner }) => (owner == null ? <span class="unknown">–</span> : nameOwner(owner)),
}

function nameOwner({ kind, id, name }: NonNullable<Lane["owner"]>): string {
  return kind === "caller_key" ? `a caller's key ${id}` : (name ?? `virtual key ${id}`)
}

/** The smallest number that may be in flight, where that is what the lane waits for. */
function writeInFlight({ in_flight, waits_for }: Lane): string {
  const full = waits_for.filter(({ kind, limit }) => limit !== null && /slots|cap/.test(kind))
  const most = Math.min(...full.map(({ limit }) => limit ?? 0))
  return full.length === 0 ? writeCount(in_flight) : `${writeCount(in_flight)} of ${writeCount(most)}`
}

function Reasons({ lane: { place, waits_for, next_at } }: { lane: Lane }) {
  if (place === "empty") return <Mark tone="quiet" shape="succeeded" text="Nothing waits: what it has is in flight" />
  if (place === "ready" || waits_for.length === 0) {
    const isLater = next_at !== null && Date.parse(next_at) > now.value
    if (!isLater) return <Mark tone="busy" shape="running" text="Goes out now" />
    return (
      <Mark tone="wait" shape="waiting" text="The next one goes out ">
        <Countdown to={next_at} />
      </Mark>
    )
  }
  return (
    <ul class="reasons">
      {waits_for.map((wait) => (
        <li key={`${wait.kind} ${wait.key_name}`}>
          <Mark
            tone={wait.kind === "no_key" ? "bad" : "wait"}
            shape={wait.kind === "no_key" ? "failed" : "waiting"}
            text={name(wait)}
          >
            {wait.until === null ? null : <Countdown to={wait.until} />}
          </Mark>
          <span class="note">{wait.reason}</span>
        </li>
      ))}
    </ul>
  )
}

/** What holds the lane, in a few words. Those with an end go on with when it is. */
function name({ kind, key_name, limit, in_flight }: Wait): string {
  const full = `${in_flight ?? limit} of ${limit} in flight`
  switch (kind) {
    case "quota":
      return `Rate limit${key_name === null ? "" : ` of key ${key_name}`}: opens `
    case "key_slots":
      return `Key ${key_name} is full: ${full}`
    case "provider_slots":
      return `The provider is full: ${full}`
    case "owner_cap":
      return `The virtual key is full: ${full}`
    case "retry":
      return "Not due yet: goes out "
    case "no_key":
      return "No key for it"
  }
}

function Quotas({ quotas: all }: { quotas: readonly Quota[] }) {
  const quotas = all.filter(isLimited)
  return (
    <Panel title="Rate limits" note="what a 429 has closed, by key and model">
      {quotas.length === 0 ? (
        <p class="note">No provider has limited the rate of its calls lately.</p>
      ) : (
        <DataTable
          label="Rate limits"
          rows={quotas}
          keyFor={({ provider, key_name, model }) => `${provider} ${key_name} ${model}`}
          columns={quotaColumns}
        />
      )}
    </Panel>
  )
}

/** Of a model that merely has calls in flight there is nothing to say. */
function isLimited({ closed_until, avoided_until, strikes, limit, spacing_ms }: Quota): boolean {
  return closed_until !== null || avoided_until !== null || strikes > 0 || limit !== null || spacing_ms !== null
}

const quotaColumns: readonly Column<Quota>[] = [
  { name: "Model", share: 26, cell: ({ provider, model }) => <Model provider={provider} model={model} /> },
  { name: "Key", share: 14, cell: ({ key_name }) => key_name ?? <span class="unknown">–</span> },
  {
    name: "Now",
    isProse: true,
    cell: ({ closed_until, avoided_until }) => <Gate closed={closed_until} avoided={avoided_until} />,
  },
  { name: "In flight", isNumber: true, cell: ({ in_flight }) => writeCount(in_flight) },
  { name: "429s in a row", isNumber: true, cell: ({ strikes }) => writeCount(strikes) },
  { name: "Rate", share: 22, isProse: true, cell: writeRate },
]

function Gate({ closed, avoided }: { closed: string | null; avoided: string | null }) {
  const isAhead = (at: string | null): at is string => at !== null && Date.parse(at) > now.value
  if (isAhead(closed)) {
    return (
      <Mark tone="wait" shape="waiting" text="Closed, opens ">
        <Countdown to={closed} />
      </Mark>
    )
  }
  if (isAhead(avoided)) return <Mark tone="wait" shape="waiting" text="Other keys come first" />
  return <Mark tone="good" shape="succeeded" text="Open" />
}

function writeRate({ limit, window_ms, spacing_ms }: Quota): string {
  const parts = [
    limit === null || window_ms === null ? "" : `${writeCount(limit)} calls in ${writeSpan(window_ms)}`,
    spacing_ms === null ? "" : `one each ${writeDuration(spacing_ms)}`,
  ]
  return parts.filter((part) => part !== "").join(", ") || "unknown"
}

function Model({ provider, model }: { provider: string; model: string }) {
  return <span title={`${provider}/${model}`}>{`${provider}/${model}`}</span>
}

function writeModel({ provider, model }: Lane): string {
  return `${provider}/${model}`
}

/** The queued jobs of the lane, as the list is filtered. Jobs with a caller's own key have no owner to filter by. */
function makeFilter({ provider, model, priority, owner }: Lane): Record<string, string> {
  const ofKey: Record<string, string> = owner?.kind === "virtual_key" ? { owner: owner.id } : {}
  return { state: "queued", provider, model, priority, ...ofKey }
}

/** How many lanes each filter finds: that of a lane without an owner finds those of all owners. */
function countFound(lanes: readonly Lane[]): Map<string, number> {
  const found = new Map<string, number>()
  for (const lane of lanes) {
    const names = new Set([writeFilter(lane), writeFilter({ ...lane, owner: null })])
    for (const name of names) found.set(name, (found.get(name) ?? 0) + 1)
  }
  return found
}

/** A name for each lane. Lanes of different keys look alike. */
function nameLanes(lanes: readonly Lane[]): Map<Lane, string> {
  const seen = new Map<string, number>()
  return new Map(
    lanes.map((lane) => {
      const name = `${writeFilter(lane)} ${lane.owner?.id}`
      const at = (seen.get(name) ?? 0) + 1
      seen.set(name, at)
      return [lane, `${name} ${at}`]
    }),
  )
}

function writeFilter(lane: Lane): string {
  return new URLSearchParams(makeFilter(lane)).toString()
}
