// Does one thing to many jobs: to those that are chosen, or to exactly those that a filter matches at the moment it is confirmed.
import { useEffect, useRef, useState } from "preact/hooks"
import { explain, read, send } from "../client.ts"
import { writeMoney } from "../format.ts"
import { Dialog, TypedWord } from "../parts/dialog.tsx"
import { Loading, Progress, Trouble } from "../parts/panels.tsx"
import { every } from "../ticks.ts"

export type BulkAction = "cancel" | "delete" | "retry"

export type Target =
  /** What they have cost; null: not known. */
  | { kind: "chosen"; ids: readonly string[]; cost: number | null }
  /** The parameters of the list. */
  | { kind: "filter"; filter: Record<string, string> }

interface Count {
  count: number
  cost_usd: number | null
}

/** How far it is. */
interface Work {
  status: "running" | "completed" | "aborted" | "failed"
  total: number
  done: number
  skipped: number
  failed: number
  error: string | null
}

interface Operation extends Omit<Work, "error"> {
  id: string
  error: { message: string } | string | null
}

const POLL_MS = 700
const verbs = { cancel: "Cancel", delete: "Delete", retry: "Retry" }
const past = { cancel: "cancelled", delete: "deleted", retry: "made again" }
const warnings = {
  cancel:
    "Those that have not ended are cancelled. Calls that are under way are aborted; providers may charge for them.",
  delete: "They are gone with their requests and results. Those that run are aborted.",
  retry: "Of each that failed or was cancelled a new job is made. Its calls cost again.",
}

export function BulkDialog({ action, target, onClose }: { action: BulkAction; target: Target; onClose(): void }) {
  const [count, setCount] = useState<Count | null>(null)
  const [error, setError] = useState<string | null>(null)
  const [typed, setTyped] = useState("")
  const { work, begin, abort } = useWork(action, target, setError)
  useEffect(() => {
    countJobs(action, target).then(setCount, (refused: unknown) => setError(explain(refused)))
  }, [])
  // Everything there is: that is said twice.
  const word = target.kind === "filter" && Object.keys(target.filter).length === 0 ? action : null
  const isReady = count !== null && count.count > 0 && (word === null || typed.trim() === word)
  const name = count === null ? `${verbs[action]} jobs` : `${verbs[action]} ${writeJobs(count.count)}`
  const foot =
    work === null ? (
      <>
        <button type="button" onClick={onClose}>
          Keep them as they are
        </button>
        <button
          type="button"
          class={action === "retry" ? "primary" : "danger"}
          disabled={!isReady}
          onClick={() => void begin()}
        >
          {name}
        </button>
      </>
    ) : work.status === "running" ? (
      <button type="button" class="danger" onClick={() => void abort()}>
        Stop here
      </button>
    ) : (
      <button type="button" class="primary" onClick={onClose}>
        Close
      </button>
    )
  return (
    <Dialog title={name} onClose={onClose} foot={foot}>
      {error === null ? null : <Trouble text={error} />}
      <What target={target} />
      {work !== null ? (
        <HowFar action={action} work={work} />
      ) : count === null ? (
        error === null ? (
          <Loading what="Counting" />
        ) : null
      ) : count.count === 0 ? (
        <p>No job matches.</p>
      ) : (
        <>
          <p>{warnings[action]}</p>
          {action === "retry" ? <p>What they have cost so far: {writeMoney(count.cost_usd)}.</p> : null}
          {word === null ? null : <TypedWord word={word} typed={typed} onType={setTyped} />}
        </>
      )}
    </Dialog>
  )
}

/** Which jobs: the filter as it is sent. */
function What({ target }: { target: Target }) {
  if (target.kind === "chosen") return <p class="lead">The {writeJobs(target.ids.length)} that you have chosen.</p>
  const parts = Object.entries(target.filter)
  if (parts.length === 0) return <p class="lead">All jobs that you can see, without any filter.</p>
  return (
    <ul class="chips" aria-label="Filter">
      {parts.map(([name, value]) => (
        <li key={name} class="chip plain">
          <span>
            {name} = <b>{value}</b>
          </span>
        </li>
      ))}
    </ul>
  )
}

function HowFar({ action, work }: { action: BulkAction; work: Work }) {
  const { status, total, done, skipped, failed } = work
  const rest = [
    skipped > 0 ? `${writeJobs(skipped)} left out, because there was nothing to do` : "",
    failed > 0 ? `${writeJobs(failed)} failed` : "",
  ].filter((text) => text !== "")
  const end = { running: "", completed: "Done. ", aborted: "Stopped. ", failed: "It broke off. " }[status]
  return (
    <>
      <Progress label={`${verbs[action]} jobs`} done={done + skipped + failed} total={total} />
      <p role="status">
        {end}
        {writeJobs(done)} {past[action]}
        {rest.length > 0 ? `; ${rest.join("; ")}` : ""}.
      </p>
      {work.error === null ? null : <Trouble text={work.error} />}
    </>
  )
}

function useWork(action: BulkAction, target: Target, onError: (text: string) => void) {
  const [work, setWork] = useState<Work | null>(null)
  const [id, setId] = useState<string | null>(null)
  const isStopped = useRef(false)
  const isBegun = useRef(false)
  const isRunning = work?.status === "running"
  useEffect(() => {
    if (id === null || !isRunning) return
    return every(POLL_MS, () => {
      read<Operation>(`/v1/async/bulk/${id}`).then(
        (operation) => setWork(toWork(operation)),
        (error: unknown) => onError(explain(error)),
      )
    })
  }, [id, isRunning])
  const begin = async () => {
    // A second click while the first one is on its way would do it twice, and a retry costs.
    if (isBegun.current) return
    isBegun.current = true
    if (target.kind === "chosen") return doEach(action, target.ids, () => isStopped.current, setWork)
    try {
      const operation = await send<Operation>("POST", "/v1/async/bulk", describe(action, target.filter))
      setWork(toWork(operation))
      setId(operation.id)
    } catch (error) {
      isBegun.current = false
      onError(explain(error))
    }
  }
  const abort = async () => {
    isStopped.current = true
    if (id === null) return
    try {
      setWork(toWork(await send<Operation>("POST", `/v1/async/bulk/${id}/cancel`)))
    } catch (error) {
      onError(explain(error))
    }
  }
  return { work, begin, abort }
}

function describe(action: BulkAction, filter: Record<string, string>): Record<string, unknown> {
  return { action, filter, ...(Object.keys(filter).length === 0 ? { all: true } : {}) }
}

async function countJobs(action: BulkAction, target: Target): Promise<Count> {
  if (target.kind === "chosen") return { count: target.ids.length, cost_usd: target.cost }
  return send<Count>("POST", "/v1/async/bulk", { ...describe(action, target.filter), count_only: true })
}

/** One after the other: a page has a hundred at most. */
async function doEach(
  action: BulkAction,
  ids: readonly string[],
  isStopped: () => boolean,
  tell: (work: Work) => void,
) {
  const work: Work = { status: "running", total: ids.length, done: 0, skipped: 0, failed: 0, error: null }
  for (const id of ids) {
    tell({ ...work })
    if (isStopped()) return tell({ ...work, status: "aborted" })
    try {
      await doOne(action, id)
      work.done += 1
    } catch (error) {
      work.failed += 1
      work.error = explain(error)
    }
  }
  tell({ ...work, status: "completed" })
}

function doOne(action: BulkAction, id: string): Promise<unknown> {
  const path = `/v1/async/jobs/${id}`
  if (action === "delete") return send("DELETE", path)
  return action === "cancel" ? send("POST", `${path}/cancel`) : send("POST", `${path}/replay`, {})
}

function toWork({ error, ...work }: Operation): Work {
  return { ...work, error: error === null ? null : typeof error === "string" ? error : error.message }
}

function writeJobs(count: number): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? "job" : "jobs"}`
}
