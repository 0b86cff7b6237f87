// The attempts of a job on one axis of time: what it waited for and each call. It is a table, which says in words what is drawn.
import { writeDuration } from "../format.ts"
import type { Attempt, FullJob } from "../fulljob.ts"
import { now } from "../ticks.ts"
import { Money, Tokens } from "./values.tsx"

/** What the end of an attempt means. */
const outcomes: Record<string, string> = {
  running: "is running",
  waiting: "waits for a job at the provider",
  answered: "answered",
  pending: "a job was started at the provider",
  refused: "refused",
  unreadable: "the answer could not be read",
  unconnected: "no connection",
  timeout: "no answer in time",
  network: "the connection broke",
  aborted: "aborted",
  crashed: "its thread died",
  gone: "gone at the provider",
  misconfigured: "not sent: the configuration lacks something",
  not_sent: "not sent",
  interrupted: "the gateway stopped",
  lease_expired: "its lease ended",
  cancelled: "cancelled",
  released: "given back: the gateway stopped",
}

export function Waterfall({ job }: { job: FullJob }) {
  const { attempts } = job
  if (attempts.length === 0) return <p class="unknown">No call has been made yet.</p>
  const from = Date.parse(job.created_at)
  const until = Math.max(from + 1, Date.parse(job.completed_at ?? "") || now.value)
  return (
    <>
      {job.attempts_omitted === undefined ? null : (
        <p class="unknown">{job.attempts_omitted} attempts between these are not stored.</p>
      )}
      <table class="waterfall" aria-label="Attempts" role="table">
        <thead role="rowgroup">
          <tr role="row">
            {["Attempt", "From the submit to the end", "Outcome", "Tokens", "Cost"].map((name) => (
              <th key={name} scope="col" role="columnheader">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {attempts.map((attempt, at) => (
            <Row key={attempt.attempt} attempt={attempt} before={attempts[at - 1]} axis={{ from, until }} />
          ))}
        </tbody>
      </table>
    </>
  )
}

interface Axis {
  from: number
  until: number
}

function Row({ attempt, before, axis }: { attempt: Attempt; before: Attempt | undefined; axis: Axis }) {
  const started = Date.parse(attempt.started_at)
  const queued = attempt.queued_at === null ? started : Date.parse(attempt.queued_at)
  const finished = attempt.finished_at === null ? Math.max(now.value, started) : Date.parse(attempt.finished_at)
  const isGood = attempt.outcome === "answered" || attempt.outcome === "pending"
  const tone = isGood ? "good" : attempt.finished_at === null ? "busy" : "bad"
  const wait = nameWait(attempt, before)
  return (
    <tr role="row">
      <td role="cell">
        <b class="number">{attempt.attempt}</b>{" "}
        <span class="break">
          {attempt.provider}/{attempt.model}
        </span>
        <div class="unknown">
          {attempt.key_name === null ? "no key" : `key ${attempt.key_name}`}
          {before !== undefined && before.provider !== attempt.provider ? ", a fallback" : ""}
        </div>
      </td>
      <td role="cell">
        <Strip axis={axis} queued={queued} started={started} finished={finished} tone={tone} />
        <div class="spans">
          <span>
            {wait} <b class="number">{writeDuration(started - queued)}</b>
          </span>
          <span>
            call <b class="number">{writeDuration(finished - started)}</b>
          </span>
        </div>
      </td>
      <td role="cell">
        <span class={`state ${tone}`}>
          {attempt.status_code ?? ""} {outcomes[attempt.outcome] ?? attempt.outcome}
        </span>
        {attempt.reason === null ? null : <div class="break">{attempt.reason}</div>}
        {attempt.upstream_request_id === null ? null : (
          <div class="unknown mono break" title="The provider's id of this request">
            {attempt.upstream_request_id}
          </div>
        )}
      </td>
      <td role="cell" data-name="Tokens">
        <Tokens usage={attempt.usage} />
      </td>
      <td role="cell" data-name="Cost">
        <Money usd={attempt.cost_usd} />
      </td>
    </tr>
  )
}

function Strip({
  axis: { from, until },
  queued,
  started,
  finished,
  tone,
}: {
  axis: Axis
  queued: number
  started: number
  finished: number
  tone: string
}) {
  const x = (at: number) => Math.max(0, Math.min(100, ((at - from) / (until - from)) * 100))
  return (
    <svg class="strip" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="fill wait" x={x(queued)} width={Math.max(0.3, x(started) - x(queued))} y="3.5" height="3" />
      <rect
        class={`fill ${tone}`}
        x={Math.min(99.4, x(started))}
        width={Math.max(0.6, x(finished) - x(started))}
        height="10"
      />
    </svg>
  )
}

/** What the time before a call was, by how the attempt before it ended. */
function nameWait({ provider }: Attempt, before: Attempt | undefined): string {
  if (before === undefined) return "queue"
  if (before.provider !== provider) return "before the fallback"
  if (before.outcome === "pending") return "until the poll"
  return before.status_code === 429 ? "quota closed" : "backoff"
}
