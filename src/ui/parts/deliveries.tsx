// Deliveries of webhooks: how each went, with its tries, and a way to send it again.
import { writeMoment } from "../format.ts"
import { type Delivery, type DeliveryTry, resend } from "../webhooks.ts"
import { Mark } from "./state.tsx"
import { type Column, DataTable } from "./table.tsx"
import { Countdown, Moment } from "./values.tsx"

interface DeliveriesProps {
  deliveries: readonly Delivery[]
  /** What all of them have in common, which is not shown. */
  of: "endpoint" | "job"
  onDone(): void
}

export function Deliveries({ deliveries, of, onDone }: DeliveriesProps) {
  const columns: Column<Delivery>[] = [
    { name: "Event", share: 21, isProse: true, cell: ({ event }) => <span class="break">{event}</span> },
    { name: "State", share: 15, isProse: true, cell: (delivery) => <StateOf of={delivery} /> },
    { name: "Tries", share: 31, isProse: true, cell: ({ tries }) => <Tries tries={tries} /> },
    { name: "Actions", share: 15, isProse: true, cell: (delivery) => <Resend of={delivery} onDone={onDone} /> },
  ]
  columns.unshift(
    of === "endpoint"
      ? { name: "Job", share: 18, cell: (delivery) => <Told of={delivery} /> }
      : { name: "Endpoint", share: 18, isProse: true, cell: (delivery) => <EndpointOf delivery={delivery} /> },
  )
  return <DataTable label="Deliveries" rows={deliveries} keyFor={({ webhook_id }) => webhook_id} columns={columns} />
}

/** The job or the batch whose end it tells. */
function Told({ of: { request_id, async_job_id } }: { of: Delivery }) {
  const [id, path] = async_job_id === null ? [request_id, "batches"] : [async_job_id, "jobs"]
  return (
    <a class="mono" href={`/ui/${path}/${encodeURIComponent(id)}`} title={id}>
      {id.slice(0, 13)}…
    </a>
  )
}

function EndpointOf({ delivery: { endpoint_id, endpoint_name } }: { delivery: Delivery }) {
  return <a href={`/ui/webhooks/${encodeURIComponent(endpoint_id)}`}>{endpoint_name}</a>
}

const states: Record<string, { tone: string; shape: string; text: string }> = {
  pending: { tone: "wait", shape: "waiting", text: "to be sent" },
  delivered: { tone: "good", shape: "succeeded", text: "delivered" },
  failed: { tone: "bad", shape: "failed", text: "refused for good" },
  exhausted: { tone: "bad", shape: "failed", text: "given up" },
}

/** How it stands, and when it is tried again. */
function StateOf({ of: { state, next_attempt_at } }: { of: Delivery }) {
  const { tone, shape, text } = states[state] ?? { tone: "quiet", shape: "queued", text: state }
  return (
    <Mark tone={tone} shape={shape} text={text}>
      {next_attempt_at === null ? null : (
        <>
          {" "}
          <Countdown to={next_attempt_at} />
        </>
      )}
    </Mark>
  )
}

/** The latest one, and those before it behind a click. */
function Tries({ tries: [latest, ...before] }: { tries: readonly DeliveryTry[] }) {
  if (latest === undefined) return <span class="unknown">none yet</span>
  return (
    <>
      <Try of={latest} />
      {before.length === 0 ? null : (
        <details>
          <summary>{before.length === 1 ? "1 try before" : `${before.length} tries before`}</summary>
          <ol class="tries">
            {before.map((one) => (
              <li key={one.id}>
                <Try of={one} />
              </li>
            ))}
          </ol>
        </details>
      )}
    </>
  )
}

/** What the receiver answered, or what went wrong, with the beginning of what it wrote. */
function Try({ of: { attempt_no, created_at, status_code, error } }: { of: DeliveryTry }) {
  return (
    <span class="break" title={writeMoment(created_at)}>
      {attempt_no}. <Moment at={created_at} />: {error ?? `status ${status_code}`}
    </span>
  )
}

function Resend({ of: delivery, onDone }: { of: Delivery; onDone(): void }) {
  return (
    <button type="button" class="small" onClick={() => void resend(delivery, onDone)}>
      Send again<span class="offscreen"> {delivery.webhook_id}</span>
    </button>
  )
}
