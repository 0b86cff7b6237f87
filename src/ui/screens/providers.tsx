// The providers that can be called: their keys by name, what is open, how many calls are in flight, and how the last ones ended.
import { writeCount } from "../format.ts"
import { Empty, Fact, Head, Loading, Panel, Trouble } from "../parts/panels.tsx"
import { Mark } from "../parts/state.tsx"
import { type Column, DataTable } from "../parts/table.tsx"
import { Countdown, Moment } from "../parts/values.tsx"
import { useResource } from "../resource.ts"
import { now } from "../ticks.ts"

/** How the last calls ended. */
interface Standing {
  last_error: { at: string; status: number | null; reason: string | null } | null
  last_success_at: string | null
}

interface Concurrency {
  /** Null: any number. */
  limit: number | null
  in_flight: number
}

interface Key extends Standing {
  name: string
  weight: number
  /** Those that it is for; "*": all. */
  models: readonly string[]
  source: string
  concurrency: Concurrency
  closed_until: string | null
}

interface Provider extends Standing {
  name: string
  base_url: string
  kind: keyof typeof kinds
  /** Where its calls have their right from; null: from nowhere. */
  access: string | null
  request_types: readonly string[]
  concurrency: Concurrency
  keys: readonly Key[]
}

const POLL_MS = 5000
const kinds = { built_in: "built in", custom: "of config.json", server: "model server", mock: "mock" }

export function Screen() {
  const { data, error, reload } = useResource<{ data: Provider[] }>("/v1/async/providers", POLL_MS)
  return (
    <>
      <Head title="Providers" />
      {error === null ? null : <Trouble text={error} onRetry={reload} />}
      {data === null ? (
        error === null ? (
          <Loading what="Reading the providers" />
        ) : null
      ) : data.data.length === 0 ? (
        <Empty title="No provider can be called">
          <p>Give the gateway a key, as OPENAI_API_KEY in its environment, or name a provider in config.json.</p>
        </Empty>
      ) : (
        data.data.map((provider) => <ProviderPanel key={provider.name} provider={provider} />)
      )}
    </>
  )
}

function ProviderPanel({ provider }: { provider: Provider }) {
  const { name, base_url, kind, access, request_types, concurrency, keys, last_success_at } = provider
  return (
    <Panel
      title={name}
      note={
        <div class="actions">
          {base_url === "" ? null : <span>{base_url}</span>}
          <a class="button small" href={`/ui/playground?model=${encodeURIComponent(suggestModel(provider))}`}>
            Try it<span class="offscreen"> with {name}</span>
          </a>
        </div>
      }
    >
      <dl class="facts">
        <Fact name="Last calls" value={<LastCall standing={provider} />} />
        <Fact name="Last success" value={<Moment at={last_success_at} />} />
        <Fact name="In flight" value={writeConcurrency(concurrency)} />
        <Fact name="Kind" value={kinds[kind]} />
        {keys.length > 0 ? null : <Fact name="Access" value={access ?? "none: it has no key"} />}
        <Fact
          name="Serves"
          value={
            <details>
              <summary>{writeCount(request_types.length)} request types</summary>
              {request_types.map((type) => type.replaceAll("_", " ")).join(", ")}
            </details>
          }
        />
      </dl>
      {keys.length === 0 ? null : (
        <DataTable
          label={`Keys of ${name}`}
          rows={keys}
          keyFor={(key) => `${key.name} ${key.source}`}
          columns={columns}
        />
      )}
    </Panel>
  )
}

const columns: readonly Column<Key>[] = [
  { name: "Key", share: 12, cell: ({ name }) => <span title={name}>{name}</span> },
  { name: "Now", share: 15, isProse: true, cell: (key) => <Gate closed={key.closed_until} /> },
  { name: "Last calls", share: 26, isProse: true, cell: (key) => <LastCall standing={key} /> },
  { name: "Last success", cell: ({ last_success_at }) => <Moment at={last_success_at} /> },
  { name: "In flight", isNumber: true, cell: ({ concurrency }) => writeConcurrency(concurrency) },
  { name: "Weight", isNumber: true, cell: ({ weight }) => weight },
  { name: "Models", share: 14, isProse: true, cell: ({ models }) => writeModels(models) },
  { name: "From", share: 18, isProse: true, cell: ({ source }) => source },
]

function Gate({ closed }: { closed: string | null }) {
  if (closed === null || Date.parse(closed) <= now.value) return <Mark tone="good" shape="succeeded" text="Open" />
  return (
    <Mark tone="wait" shape="waiting" text="Closed, opens ">
      <Countdown to={closed} />
    </Mark>
  )
}

/** Whether the last call that is known went well, and why not. An error before the last success is over. */
function LastCall({ standing: { last_error, last_success_at } }: { standing: Standing }) {
  if (last_error === null) {
    if (last_success_at === null) return <Mark tone="quiet" shape="queued" text="Not called yet" />
    return <Mark tone="good" shape="succeeded" text="Succeeded" />
  }
  const isOver = last_success_at !== null && Date.parse(last_success_at) >= Date.parse(last_error.at)
  const what = last_error.status === null ? "Failed" : `Failed with ${last_error.status}`
  return (
    <div class="reasons">
      {isOver ? <Mark tone="good" shape="succeeded" text="Succeeded" /> : null}
      <div>
        <Mark tone={isOver ? "quiet" : "bad"} shape="failed" text={`${what} `}>
          <Moment at={last_error.at} />
        </Mark>
        {last_error.reason === null ? null : <div class="note">{last_error.reason}</div>}
      </div>
    </div>
  )
}

function writeConcurrency({ limit, in_flight }: Concurrency): string {
  return limit === null ? writeCount(in_flight) : `${writeCount(in_flight)} of ${writeCount(limit)}`
}

function writeModels(models: readonly string[]): string {
  return models.includes("*") ? "all" : models.join(", ") || "none"
}

/** What a trial begins with: a model that a key is for, else the beginning of a model's name. */
function suggestModel({ name, keys }: Provider): string {
  const named = keys.flatMap(({ models }) => models).find((model) => model !== "*")
  return `${name}/${named ?? ""}`
}
