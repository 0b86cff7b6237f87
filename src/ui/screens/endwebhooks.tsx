// Of whom the end of a job or a batch was told: its deliveries to webhook endpoints. Nothing is shown where there are none.
import { Deliveries } from "../parts/deliveries.tsx"
import { Panel, Trouble } from "../parts/panels.tsx"
import { useResource } from "../resource.ts"
import { type DeliveryPage, joinTries, WEBHOOKS } from "../webhooks.ts"

const POLL_MS = 5000
const ROWS = 100

/** @param of the filter that finds them: a job's `job_id`, or a batch's id as `request_id` */
export function EndWebhooks({ of }: { of: { job_id: string } | { request_id: string } }) {
  const query = new URLSearchParams({ ...of, limit: String(ROWS) })
  const { data, error, reload } = useResource<DeliveryPage>(`${WEBHOOKS}/deliveries?${query}`, POLL_MS)
  if (error === null && (data === null || data.groups.length === 0)) return null
  return (
    <Panel title="Webhooks">
      {error === null ? null : <Trouble text={error} onRetry={reload} />}
      {data === null ? null : <Deliveries deliveries={joinTries(data)} of="job" onDone={reload} />}
    </Panel>
  )
}
