// The request of a job beside its result: as its type is read, as a tree, or as the text that is stored. No more is loaded than asked for.
import { useState } from "preact/hooks"
import { type BodyResource, type BodyText, save } from "../bodytext.ts"
import { explain } from "../client.ts"
import { writeBytes } from "../format.ts"
import { type FullJob, isEnded } from "../fulljob.ts"
import { JsonTree } from "../parts/jsontree.tsx"
import { toast } from "../parts/toast.tsx"
import { CopyButton } from "../parts/values.tsx"
import type { Words } from "../words.ts"
import { Stored } from "./prose.tsx"
import { RequestView, ResultView } from "./views.tsx"
import { Written } from "./written.tsx"

interface BodiesProps {
  job: FullJob
  result: BodyText | null
  onMore(): void
  isLoading: boolean
  request: BodyResource
  /** What the model has written while the page was open. */
  words: Words | null
}

type Side = "request" | "result"

export function Bodies({ job, result, onMore, isLoading, request, words }: BodiesProps) {
  const [side, setSide] = useState<Side>("result")
  const asked = request.data
  return (
    <>
      <Choice
        class="sides-choice"
        label="Which one"
        choices={{ request: "Request", result: "Result" }}
        value={side}
        onChoose={(key) => setSide(key)}
      />
      <div class={`sides only-${side}`}>
        <BodyPanel
          title="Request"
          body={asked}
          path={`/v1/async/jobs/${job.id}/request`}
          name={`request-${job.id}.json`}
          isLoading={request.isLoading}
          onMore={request.more}
          missing={request.error ?? "Reading…"}
          view={asked === null ? null : <RequestView id={job.id} type={job.request_type} body={asked} />}
        />
        <ResultPanel {...{ job, result, onMore, isLoading, words }} request={asked} />
      </div>
    </>
  )
}

/** The result of a job. @param request as it was sent, which some results are shown with */
export function ResultPanel({
  job,
  result,
  onMore,
  isLoading,
  request,
  words = null,
}: Omit<BodiesProps, "request" | "words"> & { request: BodyText | null; words?: Words | null }) {
  const missing = explainMissing(job, isLoading)
  const stored =
    result === null ? null : <ResultView id={job.id} type={job.request_type} body={result} request={request} />
  const note = result !== null ? "This is what is stored." : isEnded(job) ? missing : "The model is writing."
  const written =
    words === null ? null : (
      <Written words={words} note={note}>
        {stored}
      </Written>
    )
  return (
    <BodyPanel
      title="Result"
      body={result}
      path={`/v1/async/jobs/${job.id}/result`}
      name={`result-${job.id}.json`}
      isLoading={isLoading}
      onMore={onMore}
      missing={missing}
      view={written ?? stored}
    />
  )
}

/** Why there is no result to be shown. */
function explainMissing(job: FullJob, isLoading: boolean): string {
  if (job.error) return "It has none: it failed."
  if (!isEnded(job)) return "It will be here when the job has ended."
  if (job.result_bytes === undefined) return "It has none."
  return isLoading ? "Reading…" : "It has not been read."
}

const looks = { view: "View", tree: "JSON", text: "Text" } as const

interface BodyProps {
  title: string
  body: BodyText | null
  /** From where the whole of it is saved. */
  path: string
  name: string
  isLoading: boolean
  onMore(): void
  /** What is said where there is none. */
  missing: string
  /** Without a body: what is there in its place. */
  view: preact.JSX.Element | null
}

function BodyPanel({ title, body, path, name, isLoading, onMore, missing, view }: BodyProps) {
  const [look, setLook] = useState<keyof typeof looks>("view")
  return (
    <section class={`panel body ${title.toLowerCase()}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {body === null && view === null ? null : (
          <div class="actions" inert={body === null}>
            <Choice
              label={`How the ${title.toLowerCase()} is shown`}
              choices={looks}
              value={look}
              onChoose={(key) => setLook(key)}
            />
            <CopyButton text={body?.text ?? ""} label={body?.isCut ? "Copy what is loaded" : "Copy the JSON"} isBare />
            <button
              type="button"
              class="small"
              onClick={() => void save(path, name).catch((error: unknown) => toast(explain(error), "bad"))}
            >
              Save
            </button>
          </div>
        )}
      </header>
      {look === "view" || body === null ? (
        (view ?? <p class="unknown">{missing}</p>)
      ) : look === "tree" ? (
        <JsonTree text={body.text} label={title} />
      ) : (
        <Stored text={body.text} label={`${title} as it is stored`} />
      )}
      {body?.isCut ? (
        <p class="more">
          <span class="unknown">The first {writeBytes(body.text.length)} are loaded.</span>
          <button type="button" class="small" disabled={isLoading} onClick={onMore}>
            {isLoading ? "Loading…" : "Load more"}
          </button>
        </p>
      ) : null}
    </section>
  )
}

/** A few choices of which one holds, where the choice is not the address. */
export function Choice<Key extends string>({
  label,
  choices,
  value,
  onChoose,
  class: name = "",
}: {
  label: string
  choices: Readonly<Record<Key, string>>
  value: Key
  onChoose(key: Key): void
  class?: string
}) {
  return (
    <div class={`tabs ${name}`} role="group" aria-label={label}>
      {(Object.keys(choices) as Key[]).map((key) => (
        <button key={key} type="button" aria-pressed={key === value} onClick={() => onChoose(key)}>
          {choices[key]}
        </button>
      ))}
    </div>
  )
}
