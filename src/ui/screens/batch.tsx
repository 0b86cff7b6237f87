// One batch: how far it is, how long it still takes, what it has cost, what is wrong with it, and its files.
import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import {
  BATCHES,
  type Batch,
  cancelBatch,
  estimateLeft,
  findEnd,
  hasEnded,
  pathToContent,
  resubmitFailed,
} from "../batches.ts"
import { save } from "../bodytext.ts"
import { explain } from "../client.ts"
import { writeCount, writeDuration } from "../format.ts"
import { confirm } from "../parts/dialog.tsx"
import { Icon } from "../parts/icon.tsx"
import { Fact, Head, Loading, Panel, Trouble } from "../parts/panels.tsx"
import { toast } from "../parts/toast.tsx"
import { CopyButton, Moment, Money } from "../parts/values.tsx"
import { useResource } from "../resource.ts"
import { go } from "../router.ts"
import { me } from "../session.ts"
import { useShortcuts } from "../shortcuts.ts"
import { now } from "../ticks.ts"
import { writeUnknown } from "../usage.ts"
import { BatchProgress, BatchStatus, writeTime } from "./batches.tsx"
import { EndWebhooks } from "./endwebhooks.tsx"

const POLL_MS = 2000

export function Screen({ params }: { params: Record<string, string> }) {
  return <BatchPage key={params["id"]} id={params["id"] ?? ""} />
}

function BatchPage({ id }: { id: string }) {
  const [isOver, setOver] = useState(false)
  const {
    data: batch,
    error,
    reload,
  } = useResource<Batch>(`${BATCHES}/${encodeURIComponent(id)}`, isOver ? null : POLL_MS)
  if (batch !== null && hasEnded(batch) && !isOver) setOver(true)
  useShortcuts({ u: { does: "Back to the batches", run: () => go("/ui/batches") } })
  return (
    <>
      <nav class="walk" aria-label="Batches">
        <a class="button small" href="/ui/batches">
          <Icon name="back" />
          Batches
        </a>
      </nav>
      {batch === null ? <Head title="Batch" /> : <Actions of={batch} onChange={reload} />}
      {error === null ? null : <Trouble text={error} onRetry={reload} />}
      {batch === null ? (
        error === null ? (
          <Loading what="Reading the batch" />
        ) : null
      ) : (
        <>
          <Panel title="Lines">
            <BatchProgress of={batch} />
          </Panel>
          <Facts of={batch} />
          <Errors of={batch} />
          {me.value?.may.operate && hasEnded(batch) ? <EndWebhooks of={{ request_id: batch.id }} /> : null}
        </>
      )}
    </>
  )
}

function Actions({ of: batch, onChange }: { of: Batch; onChange(): void }) {
  const { id, output_file_id, error_file_id, request_counts } = batch
  const query = (state: Record<string, string>) => `/ui/jobs?${new URLSearchParams({ batch: id, ...state })}`
  const cancel = async () => {
    const body = <p>Its jobs that have not ended are cancelled. What is done stays in its results.</p>
    if (await confirm({ title: "Cancel this batch?", body, action: "Cancel the batch", isDangerous: true }))
      await cancelBatch(batch, onChange)
  }
  return (
    <Head
      title="Batch"
      lead={
        <>
          <span class="mono break">{id}</span> <CopyButton text={id} label="Copy the id" isBare />
        </>
      }
    >
      <a class="button" href={query({})}>
        Its jobs
      </a>
      {request_counts.failed === 0 ? null : (
        <a class="button" href={query({ state: "failed" })}>
          Show failed
        </a>
      )}
      {output_file_id === null ? null : <Download file={output_file_id} name={`${id}.jsonl`} label="Results" />}
      {error_file_id === null ? null : <Download file={error_file_id} name={`${id}-errors.jsonl`} label="Errors" />}
      {error_file_id === null ? null : <Resubmit of={batch} />}
      {hasEnded(batch) || batch.status === "cancelling" ? null : (
        <button type="button" class="danger" onClick={() => void cancel()}>
          Cancel…
        </button>
      )}
    </Head>
  )
}

function Download({ file, name, label }: { file: string; name: string; label: string }) {
  const download = async () => {
    try {
      await save(pathToContent(file), name)
    } catch (error) {
      toast(explain(error), "bad")
    }
  }
  return (
    <button type="button" onClick={() => void download()}>
      {label}
      <span class="offscreen"> as a file</span>
    </button>
  )
}

/** Makes a batch of the lines that failed, and goes there. */
function Resubmit({ of: batch }: { of: Batch }) {
  const [isAsking, setAsking] = useState(false)
  const resubmit = async () => {
    setAsking(true)
    try {
      const id = await resubmitFailed(batch)
      toast("The lines that failed are a new batch.", "good")
      go(`/ui/batches/${encodeURIComponent(id)}`)
    } catch (error) {
      toast(explain(error), "bad")
    }
    setAsking(false)
  }
  return (
    <button type="button" disabled={isAsking} onClick={() => void resubmit()}>
      Submit the failed again
    </button>
  )
}

function Facts({ of: batch }: { of: Batch }) {
  const { completed, failed } = batch.request_counts
  const leftMs = estimateLeft(batch, now.value)
  const facts: [string, ComponentChildren][] = [
    ["Status", <BatchStatus key="status" of={batch} />],
    ["Succeeded", writeCount(completed)],
    ["Failed", writeCount(failed)],
    ["Cost", <Money key="cost" usd={batch.cost_usd} />],
    ["Tokens", `${writeCount(batch.usage.input_tokens)} in, ${writeCount(batch.usage.output_tokens)} out`],
    ["Endpoint", batch.endpoint],
    ["Window", batch.completion_window],
    ["Made", <Moment key="made" at={writeTime(batch.created_at)} />],
  ]
  if (hasEnded(batch)) facts.push(["Ended", <Moment key="ended" at={writeTime(findEnd(batch))} />])
  else facts.push(["Expires", <Moment key="expires" at={writeTime(batch.expires_at)} />])
  const unknown = writeUnknown(batch)
  if (batch.cost_usd !== null && unknown !== null) facts.push(["Not in the cost", unknown])
  if (leftMs !== null) facts.push(["Left, at this rate", writeDuration(leftMs)])
  if (batch.waits_for !== undefined) facts.push(["Waits for", batch.waits_for])
  for (const [name, value] of Object.entries(batch.metadata ?? {})) facts.push([name, value])
  return (
    <section class="panel" aria-label="Facts">
      <dl class="facts">
        {facts.map(([name, value]) => (
          <Fact key={name} name={name} value={<span class="break">{value}</span>} />
        ))}
      </dl>
    </section>
  )
}

function Errors({ of: { errors } }: { of: Batch }) {
  if (errors === null || errors.data.length === 0) return null
  return (
    <Panel title="What is wrong with its lines">
      <ul class="warnings">
        {errors.data.map(({ line, code, message }, at) => (
          <li key={at} class="break">
            {line === null ? "" : `Line ${writeCount(line)}: `}
            {message} ({code})
          </li>
        ))}
      </ul>
    </Panel>
  )
}
