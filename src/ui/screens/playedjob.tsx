// The job that the playground has made: followed until it ends, then its result as its type is shown.
import { useEffect, useRef } from "preact/hooks"
import { useBody } from "../bodytext.ts"
import { type FullJob, isEnded, sumUsage, useJob } from "../fulljob.ts"
import { Loading, Trouble } from "../parts/panels.tsx"
import { StateMark } from "../parts/state.tsx"
import { announce } from "../parts/toast.tsx"
import { Moment, Money, Tokens, Took } from "../parts/values.tsx"
import { me } from "../session.ts"
import { ResultPanel } from "../views/bodies.tsx"
import { Prose } from "../views/prose.tsx"
import { cancelJob } from "./jobactions.ts"

/** @param isNew the reader has just sent it */
export function PlayedJob({ id, isNew }: { id: string; isNew: boolean }) {
  const { job, result, error, isLoading, reload, more } = useJob(id)
  const areShown = me.value?.ui.bodies !== false
  // What was ranked, or compared, stands in the request alone.
  const request = useBody(job !== null && isEnded(job) && areShown ? `/v1/async/jobs/${id}/request` : null)
  useEffect(() => {
    if (job !== null && isEnded(job))
      announce(`The job has ${job.state === "cancelled" ? "been cancelled" : job.state}`)
  }, [job?.state])
  const box = useRef<HTMLDivElement>(null)
  // On a narrow page it is below the request.
  useEffect(() => {
    if (isNew) box.current?.scrollIntoView({ block: "nearest" })
  }, [job === null])
  if (job === null)
    return error === null ? <Loading what="Reading the job" /> : <Trouble text={error} onRetry={reload} />
  const isRunning = !isEnded(job)
  return (
    <div class="played" ref={box}>
      <section class="panel" aria-label="Job">
        <header>
          <h2>Job</h2>
          <StateMark state={job.state} />
        </header>
        {error === null ? null : <Trouble text={error} onRetry={reload} />}
        <PlayedFacts job={job} />
        {job.queue === undefined ? null : (
          <p>
            It waits: {job.queue.reason}, due <Moment at={job.queue.runs_at} />.
          </p>
        )}
        {job.error === undefined ? null : <Prose text={job.error.error.message} />}
        <div class="actions">
          <a class="button small" href={`/ui/jobs/${job.id}`}>
            Open the job
          </a>
          {isRunning ? (
            <button type="button" class="danger small" onClick={() => void cancelJob(job).then(reload)}>
              Cancel
            </button>
          ) : null}
        </div>
      </section>
      {!areShown ? (
        <p class="unknown">Results are not shown: ui.bodies is false in config.json.</p>
      ) : (
        <ResultPanel {...{ job, result, isLoading }} onMore={more} request={request.data} />
      )}
    </div>
  )
}

function PlayedFacts({ job }: { job: FullJob }) {
  return (
    <dl class="facts">
      <div>
        <dt>Took</dt>
        <dd>
          <Took from={job.attempts[0]?.started_at} to={job.completed_at} />
        </dd>
      </div>
      <div>
        <dt>Attempts</dt>
        <dd>{job.attempts.length}</dd>
      </div>
      <div>
        <dt>Tokens</dt>
        <dd>
          <Tokens usage={sumUsage(job)} />
        </dd>
      </div>
      <div>
        <dt>Cost</dt>
        <dd>
          <Money usd={job.cost_usd} />
        </dd>
      </div>
    </dl>
  )
}
