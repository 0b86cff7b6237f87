// The request of a job as a command or a program, to be copied.
import { useState } from "preact/hooks"
import { readBody } from "../bodytext.ts"
import { BODY_FILE, forms, nameFile, needsFile, readForm, type StoredRequest } from "../copyas.ts"
import type { FullJob } from "../fulljob.ts"
import { Dialog } from "../parts/dialog.tsx"
import { Loading, Trouble } from "../parts/panels.tsx"
import { CopyButton } from "../parts/values.tsx"
import { useResource } from "../resource.ts"
import { me } from "../session.ts"
import { Choice } from "../views/bodies.tsx"

/** A larger request is read from a file by every command: of its text no more than this is looked at. */
const BYTES_MAX = 1024 * 1024

export function CopyDialog({ job, onClose }: { job: FullJob; onClose(): void }) {
  const { data, error } = useResource(`/v1/async/jobs/${job.id}/request`, null, null, (path, signal) =>
    readBody(path, BYTES_MAX, signal),
  )
  return (
    <Dialog title="Copy as" onClose={onClose} isWide>
      {error !== null ? (
        <Trouble text={error} />
      ) : data === null ? (
        <Loading />
      ) : (
        <CopyForms
          requestType={job.request_type}
          model={`${job.provider}/${job.model}`}
          body={readForm(data) ?? data.text}
        />
      )}
    </Dialog>
  )
}

/** The forms of a request, whether it has been sent or not. */
export function CopyForms(given: Pick<StoredRequest, "requestType" | "model" | "body">) {
  const request: StoredRequest = {
    ...given,
    origin: location.origin,
    path: JOBS_PATHS[given.requestType] ?? "",
    needsKey: me.value?.kind !== "sole_user",
  }
  const written = forms.map(({ name, write }) => ({ name, text: write(request) }))
  const [chosen, setChosen] = useState(written[0]?.name ?? "")
  const shown = written.find(({ name }) => name === chosen)?.text ?? null
  const files = typeof request.body === "string" ? [] : request.body.files.map(nameFile)
  return (
    <>
      <Choice
        label="Form"
        choices={Object.fromEntries(written.map(({ name }) => [name, name]))}
        value={chosen}
        onChoose={setChosen}
      />
      {shown === null ? (
        <p class="unknown">This request has members that {chosen} says in another way: take one of the others.</p>
      ) : (
        <>
          <div class="copied">
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard */}
            <pre class="stored" role="group" tabIndex={0} aria-label={chosen}>
              {shown}
            </pre>
            <CopyButton text={shown} />
          </div>
          <p class="unknown">
            {needsFile(request) ? `The request is long: save it as ${BODY_FILE} first. ` : ""}
            {files.length > 0 ? `Save the form's files beside it first: ${files.join(", ")}. ` : ""}
            {request.needsKey ? "ASYNCGATE_KEY is your key; it is not in the text." : ""}
          </p>
        </>
      )}
    </>
  )
}
