// The batches: how far each is, and how it ended.
import { BATCHES, type Batch, findEnd, hasEnded } from "../batches.ts"
import { writeCount } from "../format.ts"
import { Empty, Head, Loading, Progress, Trouble } from "../parts/panels.tsx"
import { Mark } from "../parts/state.tsx"
import { type Column, DataTable } from "../parts/table.tsx"
import { Moment } from "../parts/values.tsx"
import { useResource } from "../resource.ts"
import { url, withQuery } from "../router.ts"

const POLL_MS = 5000
const ROWS = 50

interface Page {
  data: Batch[]
  last_id: string | null
  has_more: boolean
}

export function Screen() {
  const after = url.value.searchParams.get("after")
  const query = new URLSearchParams({ limit: String(ROWS), ...(after === null ? {} : { after }) })
  const { data, error, reload } = useResource<Page>(`${BATCHES}?${query}`, POLL_MS)
  return (
    <>
      <Head title="Batches" />
      {error === null ? null : <Trouble text={error} onRetry={reload} />}
      {data === null ? (
        error === null ? (
          <Loading what="Reading the batches" />
        ) : null
      ) : data.data.length === 0 ? (
        <Empty title="There are no batches">
          <p>
            A batch is thousands of requests in one file. <code>asyncgate batch submit FILE</code> makes one, and so
            does any client of OpenAI’s Batch API.
          </p>
        </Empty>
      ) : (
        <>
          <DataTable
            label="Batches"
            rows={data.data}
            keyFor={({ id }) => id}
            columns={columns}
            href={({ id }) => `/ui/batches/${encodeURIComponent(id)}`}
          />
          <div class="pager">
            {after === null ? <span /> : <a href={withQuery({ after: null })}>The newest</a>}
            {data.has_more ? <a href={withQuery({ after: data.last_id })}>Older</a> : null}
          </div>
        </>
      )}
    </>
  )
}

const columns: readonly Column<Batch>[] = [
  { name: "Batch", share: 20, cell: ({ id }) => <span class="mono">{id}</span> },
  { name: "Status", share: 14, isProse: true, cell: (batch) => <BatchStatus of={batch} /> },
  { name: "Done", share: 26, isProse: true, cell: (batch) => <BatchProgress of={batch} /> },
  { name: "Failed", isNumber: true, cell: ({ request_counts: { failed } }) => writeCount(failed) },
  { name: "Endpoint", share: 18, isProse: true, from: "medium", cell: ({ endpoint }) => endpoint },
  { name: "Made", cell: ({ created_at }) => <Moment at={writeTime(created_at)} /> },
  { name: "Ended", cell: (batch) => <Moment at={writeTime(findEnd(batch))} /> },
]

/** As the other times of the API. */
export function writeTime(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1000).toISOString()
}

const looks: Record<string, { tone: string; shape: string }> = {
  completed: { tone: "good", shape: "succeeded" },
  failed: { tone: "bad", shape: "failed" },
  expired: { tone: "bad", shape: "failed" },
  cancelled: { tone: "quiet", shape: "cancelled" },
  in_progress: { tone: "busy", shape: "running" },
}

export function BatchStatus({ of: { status } }: { of: Batch }) {
  const { tone, shape } = looks[status] ?? { tone: "wait", shape: "waiting" }
  return <Mark tone={tone} shape={shape} text={status.replaceAll("_", " ")} />
}

export function BatchProgress({ of: batch }: { of: Batch }) {
  const { total, completed, failed } = batch.request_counts
  if (total === 0) return <span class="unknown">{hasEnded(batch) ? "no line" : "not counted yet"}</span>
  return <Progress label={`Lines of ${batch.id}`} done={completed + failed} total={total} />
}
