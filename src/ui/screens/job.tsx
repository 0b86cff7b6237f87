// One job: what became of it, when and why, its request beside its result, and what can be done with it.
import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import { useBody } from "../bodytext.ts"
import { writeCount } from "../format.ts"
import { type FullJob, isEnded, sumUsage, useJob, useNeighbours, useReplays } from "../fulljob.ts"
import type { Job } from "../livejobs.ts"
import { Icon } from "../parts/icon.tsx"
import { JsonTree } from "../parts/jsontree.tsx"
import { Head, Loading, Panel, Trouble } from "../parts/panels.tsx"
import { StateMark } from "../parts/state.tsx"
import { CopyButton, Moment, Money, Tokens, Took } from "../parts/values.tsx"
import { Waterfall } from "../parts/waterfall.tsx"
import { go, url } from "../router.ts"
import { me } from "../session.ts"
import { useShortcuts } from "../shortcuts.ts"
import { Bodies } from "../views/bodies.tsx"
import { Prose } from "../views/prose.tsx"
import { useWords } from "../words.ts"
import { CopyDialog } from "./copydialog.tsx"
import { EndWebhooks } from "./endwebhooks.tsx"
import { cancelJob, deleteJob, retryJob } from "./jobactions.ts"
import { ReplayDialog } from "./replay.tsx"

export function Screen({ params }: { params: Record<string, string> }) {
  return <Page key={params["id"]} id={params["id"] ?? ""} />
}

function Page({ id }: { id: string }) {
  const opened = useJob(id)
  const { job, result, error, reload } = opened
  // Where bodies are not to be shown, they are not asked for either.
  const areShown = me.value?.ui.bodies !== false
  const request = useBody(job !== null && areShown ? `/v1/async/jobs/${job.id}/request` : null)
  const replays = useReplays(job)
  const words = useWords(job, request.data, reload)
  return (
    <>
      <Walk id={id} />
      {job === null ? <Head title="Job" /> : <Actions job={job} onChange={reload} />}
      {error === null ? null : <Trouble text={error} onRetry={reload} />}
      {job === null ? (
        error === null ? (
          <Loading what="Reading the job" />
        ) : null
      ) : (
        <>
          <Facts job={job} replays={replays} />
          {job.queue === undefined ? null : (
            <Panel title="Why it waits">
              <p>
                {job.queue.reason}. It is due <Moment at={job.queue.runs_at} />
                {job.queue.position > 0 ? `, behind ${writeCount(job.queue.position)} others` : ""}.
              </p>
            </Panel>
          )}
          {job.error === undefined ? null : (
            <Panel
              title="Error"
              note={[job.status_code, job.error.error.code ?? job.error.error.type].filter(Boolean).join(" ")}
            >
              <Prose text={job.error.error.message} />
              {areShown ? <JsonTree text={JSON.stringify(job.error)} label="The error" /> : null}
            </Panel>
          )}
          <Panel title="Attempts">
            <Waterfall job={job} />
          </Panel>
          {me.value?.may.operate && isEnded(job) ? <EndWebhooks of={{ job_id: job.id }} /> : null}
          {job.warnings.length === 0 ? null : (
            <Panel title="Warnings">
              <ul class="warnings">
                {job.warnings.map((warning, at) => (
                  <li key={at}>{typeof warning === "string" ? warning : JSON.stringify(warning)}</li>
                ))}
              </ul>
            </Panel>
          )}
          {areShown ? (
            <Bodies {...{ job, result, request, words }} onMore={opened.more} isLoading={opened.isLoading} />
          ) : (
            <p class="unknown">Requests and results are not shown: ui.bodies is false in config.json.</p>
          )}
        </>
      )}
    </>
  )
}

/** Back to the list, and to the jobs beside this one in it. */
function Walk({ id }: { id: string }) {
  const filter = url.value.searchParams
  const query = filter.size === 0 ? "" : `?${filter}`
  const { newer, older } = useNeighbours(id, filter)
  useShortcuts({
    j: { does: "The next job of the list", run: () => older !== null && go(`/ui/jobs/${older}${query}`) },
    k: { does: "The job before", run: () => newer !== null && go(`/ui/jobs/${newer}${query}`) },
    u: { does: "Back to the list", run: () => go(`/ui/jobs${query}`) },
  })
  const step = (to: string | null, text: ComponentChildren, key: string) =>
    to === null ? (
      <span class="button small" aria-disabled="true">
        {text}
      </span>
    ) : (
      <a class="button small" href={`/ui/jobs/${to}${query}`} title={`Key ${key}`}>
        {text}
      </a>
    )
  return (
    <nav class="walk" aria-label="Jobs of the list">
      <a class="button small" href={`/ui/jobs${query}`}>
        <Icon name="back" />
        {filter.size === 0 ? "Jobs" : "Jobs of the filter"}
      </a>
      <span class="push" />
      {step(newer, "Newer", "k")}
      {step(older, "Older", "j")}
    </nav>
  )
}

function Actions({ job, onChange }: { job: FullJob; onChange(): void }) {
  const [open, setOpen] = useState<"copy" | "replay" | null>(null)
  const isRunning = !isEnded(job)
  const back = () => go(`/ui/jobs${url.value.search}`)
  const areShown = me.value?.ui.bodies !== false
  useShortcuts({
    c: { does: "Cancel the job", run: () => void cancelJob(job).then(onChange) },
    r: { does: "Retry the job", run: () => void retryJob(job) },
  })
  return (
    <Head
      title="Job"
      lead={
        <>
          <span class="mono break">{job.id}</span> <CopyButton text={job.id} label="Copy the id" isBare />
        </>
      }
    >
      {isRunning ? (
        <button type="button" class="danger" onClick={() => void cancelJob(job).then(onChange)}>
          Cancel
        </button>
      ) : null}
      <button type="button" onClick={() => void retryJob(job)}>
        Retry
      </button>
      <button type="button" onClick={() => setOpen("replay")}>
        Replay…
      </button>
      <a
        class="button"
        href={`/ui/compare?a=${job.origin_id ?? job.id}${job.origin_id === null ? "" : `&b=${job.id}`}`}
      >
        Compare
      </a>
      {areShown ? (
        <>
          <button type="button" onClick={() => setOpen("copy")}>
            Copy as…
          </button>
          <a class="button" href={`/ui/playground?${toPlayground(job)}`}>
            Open in playground
          </a>
        </>
      ) : null}
      <button type="button" class="danger" onClick={() => void deleteJob(job).then((isGone) => isGone && back())}>
        Delete
      </button>
      {open === "replay" ? <ReplayDialog job={job} onClose={() => setOpen(null)} /> : null}
      {open === "copy" ? <CopyDialog job={job} onClose={() => setOpen(null)} /> : null}
    </Head>
  )
}

function toPlayground({ id, request_type, provider, model }: FullJob): URLSearchParams {
  return new URLSearchParams({ type: request_type, model: `${provider}/${model}`, from: id })
}

function Facts({ job, replays }: { job: FullJob; replays: readonly Job[] }) {
  const last = job.attempts.at(-1)
  const started = job.attempts[0]?.started_at ?? null
  const facts: [string, ComponentChildren][] = [
    ["State", <StateMark key="state" state={job.state} />],
    ["Type", job.request_type.replaceAll("_", " ")],
    ["Model", `${job.provider}/${job.model}`],
    ["Created", <Moment key="created" at={job.created_at} />],
    ["Took, from the first call", <Took key="took" from={started} to={job.completed_at} />],
    ["Tokens", <Tokens key="tokens" usage={sumUsage(job)} />],
    ["Cost", <Money key="cost" usd={job.cost_usd} />],
    ["Key", last?.key_name ?? "none"],
    ["Priority", job.priority],
    isEnded(job)
      ? ["Kept until", <Moment key="expires" at={job.expires_at} />]
      : ["Deadline", <Moment key="deadline" at={job.deadline_at} />],
    [
      "Request id",
      <span key="request" class="mono break">
        {job.request_id}
      </span>,
    ],
  ]
  if (me.value?.kind === "admin") facts.push(["Owner", nameOwner(job)])
  if (job.origin_id !== null) facts.push(["Replays", <JobLink key="origin" id={job.origin_id} />])
  if (job.batch_id !== null && job.batch_line !== null) {
    facts.push([
      "Batch",
      <span key="batch">
        line {writeCount(job.batch_line)} of{" "}
        <a class="mono" href={`/ui/batches/${job.batch_id}`} title={job.batch_id}>
          {job.batch_id.slice(0, "batch_".length + 8)}…
        </a>
      </span>,
    ])
  }
  if (replays.length > 0) {
    const links = replays.map(({ id, state }) => (
      <li key={id}>
        <JobLink id={id} /> <StateMark state={state} />
      </li>
    ))
    facts.push(["Replayed as", <ul key="replays">{links}</ul>])
  }
  return (
    <section class="panel" aria-label="Facts">
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function JobLink({ id }: { id: string }) {
  return (
    <a class="mono" href={`/ui/jobs/${id}`} title={id}>
      {id.slice(0, 13)}…
    </a>
  )
}

function nameOwner({ owner }: FullJob): ComponentChildren {
  if (owner == null) return "nobody"
  if (owner.kind === "caller_key") return `a caller's own key (${owner.id})`
  return <a href={`/ui/jobs?owner=${encodeURIComponent(owner.id)}`}>{owner.name ?? owner.id}</a>
}
