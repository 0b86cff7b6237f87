// What a virtual key may do, for the one who has signed in with it. It is a screen of its own: the overview is the operator's, and what
// was spent is only a part of it.
import { writeCount } from "../format.ts"
import { type Budget, Budgets, type VirtualKey, writeGrants } from "../parts/budgets.tsx"
import { Fact, Head, Loading, Panel, Trouble } from "../parts/panels.tsx"
import { Moment } from "../parts/values.tsx"
import { useResource } from "../resource.ts"

const POLL_MS = 10_000

export function Screen() {
  const reader = useResource<{ virtual_key: VirtualKey | null }>("/v1/async/me", POLL_MS)
  const usage = useResource<{ budgets: Budget[] }>("/v1/async/usage", POLL_MS)
  const queues = useResource<{ slots: { in_flight: number } }>("/v1/async/queues", POLL_MS)
  const error = reader.error ?? usage.error ?? queues.error
  const key = reader.data?.virtual_key
  return (
    <>
      <Head title="My limits" />
      {error === null ? null : <Trouble text={error} onRetry={reader.reload} />}
      {key ? (
        <>
          <Limits of={key} inFlight={queues.data?.slots.in_flight ?? null} />
          {usage.data === null ? null : <Spent budgets={usage.data.budgets} />}
        </>
      ) : error === null ? (
        <Loading what="Reading the limits" />
      ) : null}
    </>
  )
}

function Limits({ of: key, inFlight }: { of: VirtualKey; inFlight: number | null }) {
  const { name, expires_at, requests_per_minute, max_concurrent_jobs, provider_configs } = key
  const running = inFlight === null ? "" : `${writeCount(inFlight)} now, `
  return (
    <Panel title={`Virtual key ${name}`}>
      <dl class="facts">
        <Fact
          name="Requests in a minute"
          value={requests_per_minute === null ? "any number" : `at most ${writeCount(requests_per_minute)}`}
        />
        <Fact
          name="Jobs in flight"
          value={running + (max_concurrent_jobs === null ? "any number" : `at most ${writeCount(max_concurrent_jobs)}`)}
        />
        <Fact name="Expires" value={expires_at === null ? "never" : <Moment at={expires_at} />} />
        <Fact name="May call" value={writeGrants(provider_configs)} />
      </dl>
    </Panel>
  )
}

function Spent({ budgets }: { budgets: readonly Budget[] }) {
  return (
    <Panel title="Budgets">
      {budgets.length === 0 ? <p class="note">This key has no budget.</p> : <Budgets budgets={budgets} />}
    </Panel>
  )
}
