// The webhook endpoints: where the gateway tells of the ends of jobs, and whether it can.
import { useState } from "preact/hooks"
import { writeCount } from "../format.ts"
import { Empty, Head, Loading, Trouble } from "../parts/panels.tsx"
import { ShownOnce } from "../parts/shownonce.tsx"
import { Mark } from "../parts/state.tsx"
import { type Column, DataTable } from "../parts/table.tsx"
import { Moment } from "../parts/values.tsx"
import { useResource } from "../resource.ts"
import { useShortcuts } from "../shortcuts.ts"
import { type Endpoint, WEBHOOKS } from "../webhooks.ts"
import { WebhookDialog } from "./webhookdialog.tsx"

const POLL_MS = 5000
const ROWS = 1000

export function Screen() {
  const { data, error, reload } = useResource<{ endpoints: Endpoint[] }>(`${WEBHOOKS}?limit=${ROWS}`, POLL_MS)
  const [isMaking, setMaking] = useState(false)
  const [made, setMade] = useState<{ name: string; secret: string } | null>(null)
  useShortcuts({ n: { does: "Make an endpoint", run: () => setMaking(true) } })
  const close = (found: { endpoint: Endpoint; secret?: string } | null) => {
    setMaking(false)
    if (found?.secret !== undefined) setMade({ name: found.endpoint.name, secret: found.secret })
    reload()
  }
  return (
    <>
      <Head title="Webhooks">
        <button type="button" class="primary" title="Key n" onClick={() => setMaking(true)}>
          Make an endpoint…
        </button>
      </Head>
      {error === null ? null : <Trouble text={error} onRetry={reload} />}
      {made === null ? null : (
        <ShownOnce
          key={made.secret}
          title={`The secret of ${made.name}`}
          what="the secret"
          value={made.secret}
          onClose={() => setMade(null)}
        />
      )}
      {data === null ? (
        error === null ? (
          <Loading what="Reading the endpoints" />
        ) : null
      ) : data.endpoints.length === 0 ? (
        <Empty title="There are no webhook endpoints">
          <p>
            The gateway posts the end of a job to an address of yours, signed, and again until it is taken. While you
            write the receiver, <code>asyncgate webhooks listen --forward-to URL</code> needs no endpoint.
          </p>
        </Empty>
      ) : (
        <DataTable
          label="Webhook endpoints"
          rows={data.endpoints}
          keyFor={({ id }) => id}
          columns={columns}
          href={({ id }) => `/ui/webhooks/${encodeURIComponent(id)}`}
        />
      )}
      {isMaking ? <WebhookDialog edited={null} onClose={close} /> : null}
    </>
  )
}

const columns: readonly Column<Endpoint>[] = [
  { name: "Name", share: 20, isProse: true, cell: ({ name }) => <span class="break">{name}</span> },
  { name: "State", share: 18, isProse: true, cell: (endpoint) => <EndpointState of={endpoint} /> },
  { name: "URL", share: 28, isProse: true, cell: ({ url }) => <span class="break">{url}</span> },
  { name: "Events", share: 20, isProse: true, from: "wide", cell: ({ events }) => events.join(", ") },
  { name: "Last success", cell: ({ last_success_at }) => <Moment at={last_success_at} /> },
  { name: "Last failure", cell: ({ last_failure_at }) => <Moment at={last_failure_at} /> },
  {
    name: "Failed in a row",
    isNumber: true,
    cell: ({ consecutive_failures }) => writeCount(consecutive_failures),
  },
]

/** Whether it is sent to; where the gateway has turned it off by itself, why. */
export function EndpointState({ of: endpoint }: { of: Endpoint }) {
  const { disabled_reason, consecutive_failures } = endpoint
  if (disabled_reason !== null) return <Mark tone="bad" shape="failed" text={`Off: ${disabled_reason}`} />
  if (endpoint.disabled) return <Mark tone="quiet" shape="cancelled" text="Off" />
  if (consecutive_failures > 0) return <Mark tone="wait" shape="waiting" text="On, and failing" />
  return <Mark tone="good" shape="succeeded" text="On" />
}
