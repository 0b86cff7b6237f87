// Runs the request of a job again, as it was, with another model, or edited: as a new job.
import { useMemo, useState } from "preact/hooks"
import { readBody } from "../bodytext.ts"
import { ask, explain } from "../client.ts"
import type { FullJob } from "../fulljob.ts"
import { Dialog } from "../parts/dialog.tsx"
import { checkObject, JsonEditor } from "../parts/jsoneditor.tsx"
import { ModelField } from "../parts/modelfield.tsx"
import { Loading, Trouble } from "../parts/panels.tsx"
import { Money } from "../parts/values.tsx"
import { layOut } from "../rawjson.ts"
import { useResource } from "../resource.ts"
import { go } from "../router.ts"
import { me } from "../session.ts"

/** A longer request can be sent to another model, and is not edited here. */
const EDITED_BYTES_MAX = 256 * 1024

export function ReplayDialog({ job, onClose }: { job: FullJob; onClose(): void }) {
  const isShown = me.value?.ui.bodies !== false
  const path = isShown ? `/v1/async/jobs/${job.id}/request` : null
  const { data, error } = useResource(path, null, null, (from, signal) => readBody(from, EDITED_BYTES_MAX, signal))
  const isEditable = data !== null && !data.isCut && !data.text.startsWith('{"object":"form"')
  return (
    <Dialog title="Replay" onClose={onClose} isWide>
      {error !== null ? (
        <Trouble text={error} />
      ) : isShown && data === null ? (
        <Loading />
      ) : (
        <Form job={job} stored={isEditable ? layOut(data.text) : null} onClose={onClose} />
      )}
    </Dialog>
  )
}

/** @param stored null: the request is not edited */
function Form({ job, stored, onClose }: { job: FullJob; stored: string | null; onClose(): void }) {
  const before = `${job.provider}/${job.model}`
  const [model, setModel] = useState(before)
  const [body, setBody] = useState(checkObject(stored ?? "{}"))
  const [isSending, setSending] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const isEdited = stored !== null && body.text !== stored
  const changes = [
    ...(model.trim() !== before ? [`"model":${JSON.stringify(model.trim())}`] : []),
    // The text goes out as it was typed: no number is rounded on the way.
    ...(isEdited ? [`"body":${body.text}`] : []),
  ].join(",")
  // The same wish that is sent twice makes one job.
  const once = useMemo(() => crypto.getRandomValues(new Uint32Array(4)).join("-"), [changes])
  const submit = async (event: Event) => {
    event.preventDefault()
    setSending(true)
    try {
      const headers = { "content-type": "application/json", "idempotency-key": once }
      const response = await ask(`/v1/async/jobs/${job.id}/replay`, { method: "POST", body: `{${changes}}`, headers })
      const made = (await response.json()) as { id: string }
      onClose()
      go(`/ui/jobs/${made.id}`)
    } catch (refused) {
      setError(explain(refused))
      setSending(false)
    }
  }
  return (
    <form class="replay" onSubmit={(event) => void submit(event)}>
      {error === null ? null : <Trouble text={error} />}
      <ModelField requestType={job.request_type} value={model} onInput={setModel} />
      {stored === null ? (
        <p class="unknown">
          The request is sent as it was: a form, one that is not shown, or one of more than 256 KB is not edited here.
        </p>
      ) : (
        <JsonEditor label="Request" value={body} onChange={setBody} />
      )}
      <p>
        This makes a new job with calls of its own, which cost again. The first one has cost{" "}
        <Money usd={job.cost_usd} />.
      </p>
      <div class="actions">
        <button
          type="submit"
          class="primary"
          disabled={isSending || model.trim() === "" || (isEdited && body.problem !== null)}
        >
          {isSending ? "Sending…" : changes === "" ? "Run it again" : "Run it with the changes"}
        </button>
      </div>
    </form>
  )
}
