// The list of jobs: filtered by the address, live, with what can be done to those that are chosen or that match.
import { useState } from "preact/hooks"
import { counts } from "../changes.ts"
import { token } from "../client.ts"
import { writeShort } from "../format.ts"
import { type Job, useJobList } from "../livejobs.ts"
import { type Filter, FilterBar, readFilters } from "../parts/filters.tsx"
import { Icon } from "../parts/icon.tsx"
import { Empty, Head, Loading, TabLinks, Trouble } from "../parts/panels.tsx"
import { StateMark } from "../parts/state.tsx"
import { type Column, DataTable } from "../parts/table.tsx"
import { Age, CopyButton, Money, Tokens, Took } from "../parts/values.tsx"
import { url, withQuery } from "../router.ts"
import { me } from "../session.ts"
import { type BulkAction, BulkDialog, type Target } from "./bulk.tsx"
import { cancelJob, retryJob } from "./jobactions.ts"

const states = ["queued", "running", "waiting", "succeeded", "failed", "cancelled"] as const
const SEARCH = "search"

const filters: readonly Filter[] = [
  { name: "state", label: "State", kind: "choice", choices: states },
  { name: "type", label: "Type", kind: "choice", choices: REQUEST_TYPES },
  { name: "provider", label: "Provider", kind: "text" },
  { name: "model", label: "Model", kind: "text" },
  { name: "key", label: "Key", kind: "text" },
  { name: "priority", label: "Priority", kind: "choice", choices: PRIORITIES },
  { name: "error_code", label: "Error code", kind: "text" },
  { name: "min_cost", label: "Costs at least ($)", kind: "number" },
  { name: "created_after", label: "Created", kind: "since" },
  { name: "created_before", label: "Created before", kind: "text" },
  { name: "origin", label: "Replays of", kind: "text" },
  { name: "batch", label: "Of batch", kind: "text" },
  { name: "idempotency_key", label: "Idempotency-Key", kind: "text" },
  { name: "status", label: "Status", kind: "choice", choices: ["pending", "processing", "completed", "failed"] },
]
const ownerFilter: Filter = { name: "owner", label: "Owner (virtual key's id)", kind: "text" }

const columns: readonly Column<Job>[] = [
  {
    name: "State",
    cell: ({ id, state }) => (
      <>
        <StateMark state={state} />
        <span class="offscreen">, job {id}</span>
      </>
    ),
  },
  { name: "Type", share: 15, cell: ({ request_type }) => request_type.replaceAll("_", " ") },
  {
    name: "Model",
    share: 21,
    cell: ({ provider, model }) => <span title={`${provider}/${model}`}>{`${provider}/${model}`}</span>,
  },
  { name: "Age", isNumber: true, cell: ({ created_at }) => <Age at={created_at} /> },
  {
    name: "Took",
    isNumber: true,
    cell: ({ started_at, completed_at }) => <Took from={started_at} to={completed_at} />,
  },
  { name: "Tries", isNumber: true, cell: ({ attempts }) => attempts },
  { name: "Tokens", isNumber: true, cell: ({ usage }) => <Tokens usage={usage} /> },
  { name: "Cost", isNumber: true, cell: ({ cost_usd }) => <Money usd={cost_usd} /> },
]
const ownerColumn: Column<Job> = {
  name: "Owner",
  share: 8,
  cell: ({ owner }) => (owner == null ? <span class="unknown">–</span> : (owner.name ?? "a caller's key")),
}
const errorColumn: Column<Job> = {
  name: "Error",
  share: 13,
  cell: ({ error }) => {
    const code = error?.error.code ?? error?.error.type
    return code === undefined ? null : <span title={error?.error.message}>{code}</span>
  },
}

export function Screen() {
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set())
  const [bulk, setBulk] = useState<{ action: BulkAction; target: Target } | null>(null)
  const isAdmin = me.value?.kind === "admin"
  const known = isAdmin ? [...filters, ownerFilter] : filters
  const filter = readFilters(known, SEARCH)
  const after = url.value.searchParams.get("after")
  const list = useJobList(filter, after, () => chosen.size > 0 || bulk !== null || scrollY > 160)
  const { jobs, left, fresh, isOld } = list
  // What is done to the chosen jobs is done to none that another filter or page has shown.
  const chosen = new Set(jobs?.flatMap(({ id }) => (marked.has(id) ? id : [])))
  const target = (): Target =>
    chosen.size > 0
      ? { kind: "chosen", ids: [...chosen], cost: sumCosts(jobs?.filter(({ id }) => chosen.has(id)) ?? []) }
      : { kind: "filter", filter: Object.fromEntries(filter) }
  const close = () => {
    setBulk(null)
    setMarked(new Set())
    list.reload()
  }
  return (
    <>
      <Head title="Jobs">
        <StateTabs />
      </Head>
      <FilterBar filters={known} search={{ name: SEARCH, hint: "An id, or words as provider:NAME state:failed" }} />
      <div class="toolbar">
        <ListFacts shown={jobs?.length ?? 0} chosen={chosen.size} isMore={list.next !== null} />
        {fresh > 0 ? (
          <button
            type="button"
            class="small primary"
            onClick={() => {
              list.showFresh()
              scrollTo(0, 0)
            }}
          >
            {fresh} new
          </button>
        ) : null}
        <span class="push" />
        {(["cancel", "retry", "delete"] as const).map((action) => (
          <button key={action} type="button" class="small" onClick={() => setBulk({ action, target: target() })}>
            {`${action[0]?.toUpperCase()}${action.slice(1)} ${chosen.size > 0 ? chosen.size : "all"}…`}
          </button>
        ))}
      </div>
      {list.error === null ? null : <Trouble text={list.error} onRetry={list.reload} />}
      {jobs === null ? (
        list.error === null ? (
          <Loading what="Reading the jobs" />
        ) : null
      ) : jobs.length === 0 ? (
        <NoJobs isFiltered={filter.size > 0} next={list.next} />
      ) : (
        <div class={isOld ? "faded" : ""} aria-busy={isOld}>
          <DataTable
            label="Jobs, newest first"
            rows={jobs}
            keyFor={({ id }) => id}
            columns={[...columns, ...(isAdmin ? [ownerColumn] : []), errorColumn]}
            href={({ id }) => `/ui/jobs/${id}${filter.size > 0 ? `?${filter}` : ""}`}
            chosen={chosen}
            onChoose={setMarked}
            look={({ id }) => (left.has(id) ? "left" : "")}
            actions={{
              c: { does: "Cancel the job", run: (job) => void cancelJob(job) },
              r: { does: "Retry the job", run: (job) => void retryJob(job) },
            }}
          />
        </div>
      )}
      <Pager after={after} next={jobs !== null && jobs.length > 0 ? list.next : null} />
      {bulk === null ? null : <BulkDialog {...bulk} onClose={close} />}
    </>
  )
}

/** The states as links, with how many are in each that can change by itself. */
function StateTabs() {
  const current = url.value.searchParams.get("state") ?? ""
  const count = (state: string) => {
    const known = (counts.value as Record<string, number> | null)?.[state]
    return known === undefined || known === 0 ? "" : ` ${writeShort(known)}`
  }
  const tabs = ["", ...states].map((state) => ({
    key: state,
    name: state === "" ? "All" : `${state[0]?.toUpperCase()}${state.slice(1)}${count(state)}`,
    href: withQuery({ state, after: null }),
  }))
  return <TabLinks label="State" tabs={tabs} current={current} />
}

function ListFacts({ shown, chosen, isMore }: { shown: number; chosen: number; isMore: boolean }) {
  const all = `${shown} ${shown === 1 ? "job" : "jobs"}${isMore ? ", and more" : ""}`
  return <span class="note">{chosen > 0 ? `${chosen} chosen of ${shown}${isMore ? " that are shown" : ""}` : all}</span>
}

function NoJobs({ isFiltered, next }: { isFiltered: boolean; next: string | null }) {
  if (next !== null) {
    return (
      <Empty title="None among the jobs that were looked through">
        <a class="button" href={withQuery({ after: next })}>
          Look further back
        </a>
      </Empty>
    )
  }
  if (isFiltered) {
    return (
      <Empty title="No job matches">
        <a href="/ui/jobs">Show all jobs</a>
      </Empty>
    )
  }
  const command = `curl -s ${location.origin}/v1/async/chat/completions -H 'content-type: application/json'${token.value === null ? "" : ' -H "authorization: Bearer $ASYNCGATE_KEY"'} \\
  -d '{"model":"mock/echo","messages":[{"role":"user","content":"Hello"}]}'`
  return (
    <Empty title="There are no jobs yet">
      <p>Whatever is posted to /v1/async/… appears here at once, as this does:</p>
      <pre class="sample">{command}</pre>
      <CopyButton text={command} />
    </Empty>
  )
}

function Pager({ after, next }: { after: string | null; next: string | null }) {
  if (after === null && next === null) return null
  return (
    <nav class="pager" aria-label="Pages">
      {after === null ? (
        <span />
      ) : (
        <a class="button" href={withQuery({ after: null })}>
          <Icon name="back" />
          Newest
        </a>
      )}
      {next === null ? null : (
        <a class="button" href={withQuery({ after: next })}>
          Older
          <Icon name="next" />
        </a>
      )}
    </nav>
  )
}

/** Null: of none of them is it known. */
function sumCosts(jobs: readonly Job[]): number | null {
  const known = jobs.flatMap(({ cost_usd }) => cost_usd ?? [])
  return known.length === 0 ? null : known.reduce((sum, cost) => sum + cost, 0)
}
