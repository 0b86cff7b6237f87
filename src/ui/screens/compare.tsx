// Two jobs beside each other: what they were asked that differs, what they took and cost, and their answers word by word.
import { useMemo } from "preact/hooks"
import { type BodyText, useBody } from "../bodytext.ts"
import { writeCount, writeDuration, writeMoney } from "../format.ts"
import { type FullJob, type OpenJob, useJob } from "../fulljob.ts"
import { Empty, Head, Loading, Panel, Trouble } from "../parts/panels.tsx"
import { StateMark } from "../parts/state.tsx"
import { parseRaw, type RawNode, readText } from "../rawjson.ts"
import { go, url, withQuery } from "../router.ts"
import { me } from "../session.ts"
import { Prose, show } from "../views/prose.tsx"
import { readWords } from "../views/views.tsx"
import { diffWords } from "../worddiff.ts"

export function Screen() {
  const [a, b] = ["a", "b"].map((name) => url.value.searchParams.get(name) || null)
  const areShown = me.value?.ui.bodies !== false
  const [first, second] = [useJob(a ?? null), useJob(b ?? null)]
  const [asked, askedToo] = [useRequest(first, areShown), useRequest(second, areShown)]
  const { job } = first
  const { job: other } = second
  return (
    <>
      <Head title="Compare" />
      <Chooser a={a ?? ""} b={b ?? ""} />
      {[first, second].map(({ error }, at) => (error === null ? null : <Trouble key={at} text={error} />))}
      {a === null || b === null ? (
        <Empty title="Two jobs are compared">
          <p>Their ids stand in the lists of jobs and on their pages. A replay is compared with what it replays.</p>
        </Empty>
      ) : job === null || other === null ? (
        first.error === null && second.error === null ? (
          <Loading />
        ) : null
      ) : (
        <>
          <Figures jobs={[job, other]} />
          {areShown ? (
            <>
              <Parameters asked={[asked, askedToo]} />
              <Answers types={[job.request_type, other.request_type]} results={[first.result, second.result]} />
            </>
          ) : (
            <p class="unknown">Requests and results are not shown: ui.bodies is false in config.json.</p>
          )}
        </>
      )}
    </>
  )
}

function useRequest({ job }: OpenJob, isShown: boolean): BodyText | null {
  return useBody(job !== null && isShown ? `/v1/async/jobs/${job.id}/request` : null).data
}

function Chooser({ a, b }: { a: string; b: string }) {
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    const [first, second] = ["a", "b"].map((name) => String(given.get(name) ?? "").trim())
    go(withQuery({ a: first ?? null, b: second ?? null }))
  }
  return (
    <form class="inline" key={`${a} ${b}`} onSubmit={submit}>
      {[
        { name: "a", label: "First job", value: a },
        { name: "b", label: "Second job", value: b },
      ].map(({ name, label, value }) => (
        <label class="field" key={name}>
          <span>{label}</span>
          <input name={name} defaultValue={value} required placeholder="its id" spellcheck={false} autocomplete="off" />
        </label>
      ))}
      <button type="submit">Compare</button>
    </form>
  )
}

const figures: { name: string; read(job: FullJob): number | null; write(value: number): string }[] = [
  { name: "Took", read: readTook, write: writeDuration },
  { name: "Input tokens", read: (job) => sum(job, "input_tokens"), write: writeCount },
  { name: "Output tokens", read: (job) => sum(job, "output_tokens"), write: writeCount },
  { name: "Cost", read: ({ cost_usd }) => cost_usd, write: writeMoney },
  { name: "Attempts", read: ({ attempts }) => attempts.length, write: writeCount },
]

function Figures({ jobs }: { jobs: readonly [FullJob, FullJob] }) {
  return (
    <Panel title="Figures">
      <table class="compared">
        <thead>
          <tr>
            <td />
            {jobs.map((job, at) => (
              <th key={at} scope="col">
                <a href={`/ui/jobs/${job.id}`}>
                  {job.provider}/{job.model}
                </a>
                <StateMark state={job.state} />
              </th>
            ))}
            <th scope="col">Difference</th>
          </tr>
        </thead>
        <tbody>
          {figures.map(({ name, read, write }) => {
            const [one, two] = [read(jobs[0]), read(jobs[1])]
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                {[one, two].map((value, at) => (
                  <td key={at} class={value === null ? "unknown" : "number"}>
                    {value === null ? "unknown" : write(value)}
                  </td>
                ))}
                <td class="number">{one === null || two === null ? "" : writeDifference(one, two, write)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </Panel>
  )
}

function writeDifference(one: number, two: number, write: (value: number) => string): string {
  if (one === two) return "the same"
  const share =
    one === 0 ? "" : ` (${two > one ? "+" : "−"}${Math.round((Math.abs(two - one) / Math.abs(one)) * 100)} %)`
  return `${write(Math.abs(two - one))} ${two > one ? "more" : "less"}${share}`
}

/** The members of the requests that differ, as they are written. */
function Parameters({ asked }: { asked: readonly [BodyText | null, BodyText | null] }) {
  const [one, two] = asked
  const differing = useMemo(() => {
    if (one === null || two === null) return null
    const [left, right] = [readMembers(one), readMembers(two)]
    return [...new Set([...left.keys(), ...right.keys()])]
      .map((name) => ({ name, values: [left.get(name), right.get(name)] }))
      .filter(({ values: [before, after] }) => before !== after)
  }, [one, two])
  return (
    <Panel title="What was asked">
      {differing === null ? (
        <p class="unknown">One of the requests is not there.</p>
      ) : differing.length === 0 ? (
        <p>Both were asked the same.</p>
      ) : (
        <dl class="differing">
          {differing.map(({ name, values }) => (
            <div key={name}>
              <dt>{name}</dt>
              {values.map((value, at) => (
                <dd key={at} class={at === 0 ? "removed" : "added"}>
                  <Prose text={value ?? "not given"} />
                </dd>
              ))}
            </div>
          ))}
        </dl>
      )}
    </Panel>
  )
}

function Answers({
  types,
  results,
}: {
  types: readonly [string, string]
  results: readonly [BodyText | null, BodyText | null]
}) {
  const [one, two] = results
  const pieces = useMemo(
    () => (one === null || two === null ? null : diffWords(readWords(types[0], one), readWords(types[1], two))),
    [one, two],
  )
  if (one === null || two === null) {
    return (
      <Panel title="Answers">
        <p class="unknown">
          {one === null && two === null ? "Neither has a result." : "Only one of them has a result."}
        </p>
      </Panel>
    )
  }
  const note = one.isCut || two.isCut ? "of the first 256 KB" : undefined
  return (
    <Panel title="Answers" note={note}>
      {pieces === null ? (
        <>
          <p class="unknown">They have too little in common to be compared word by word.</p>
          <div class="sides both">
            <Prose text={readWords(types[0], one)} isCut={one.isCut} />
            <Prose text={readWords(types[1], two)} isCut={two.isCut} />
          </div>
        </>
      ) : pieces.every(({ kind }) => kind === "same") ? (
        <>
          <p>Both are the same.</p>
          <Prose text={readWords(types[0], one)} />
        </>
      ) : (
        <p class="diff" dir="auto">
          {pieces.map(({ kind, text }, at) =>
            kind === "same" ? (
              show(text)
            ) : kind === "added" ? (
              <ins key={at}>{show(text)}</ins>
            ) : (
              <del key={at}>{show(text)}</del>
            ),
          )}
        </p>
      )}
    </Panel>
  )
}

function readTook({ attempts, completed_at }: FullJob): number | null {
  const started = attempts[0]?.started_at
  return started === undefined || completed_at === undefined ? null : Date.parse(completed_at) - Date.parse(started)
}

function sum({ attempts }: FullJob, name: "input_tokens" | "output_tokens"): number | null {
  const known = attempts.flatMap(({ usage }) => usage?.[name] ?? [])
  return known.length === 0 ? null : known.reduce((total, tokens) => total + tokens, 0)
}

function readMembers({ text }: BodyText): Map<string, string> {
  const root = parseRaw(text)
  return new Map(root?.kind === "object" ? root.entries.map(({ key, value }) => [readText(key), write(value)]) : [])
}

function write(node: RawNode): string {
  if (node.kind === "object") return `{${node.entries.map(({ key, value }) => `${key}: ${write(value)}`).join(", ")}}`
  return node.kind === "array" ? `[${node.items.map(write).join(", ")}]` : node.raw
}
