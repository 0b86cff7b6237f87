// The form of a webhook endpoint: makes one, or changes one. What is wrong with a value, the gateway says.
import { useState } from "preact/hooks"
import { explain, send } from "../client.ts"
import { Dialog } from "../parts/dialog.tsx"
import { Trouble } from "../parts/panels.tsx"
import { type Endpoint, findPath, WEBHOOKS } from "../webhooks.ts"
import { fillRest, RestFields, readRest } from "./webhookfields.tsx"

/** The events of each form. */
const events: Record<string, { name: string; label: string }[]> = {
  bifrost: [
    { name: "async_job.completed", label: "A job has succeeded" },
    { name: "async_job.failed", label: "A job has failed or was cancelled" },
  ],
  event: [
    { name: "response.completed", label: "A response is complete" },
    { name: "response.failed", label: "A response has failed" },
    { name: "response.cancelled", label: "A response was cancelled" },
    { name: "response.incomplete", label: "A response is incomplete" },
    { name: "batch.completed", label: "A batch is complete" },
    { name: "batch.failed", label: "A batch was refused" },
    { name: "batch.expired", label: "A batch has expired" },
    { name: "batch.cancelled", label: "A batch was cancelled" },
  ],
}

/** Events of OpenAI's form are of every response and batch, and have no answers. */
const switches = [
  { name: "all_jobs", form: "bifrost", label: "Of every job, and not only of those that name this endpoint" },
  { name: "include_response", form: "bifrost", label: "Send the answer or the error too, where it is not too long" },
  { name: "allow_private_network", form: null, label: "The address may be in a network of your own" },
] as const

interface Typed {
  name: string
  url: string
  form: string
  events: readonly string[]
  all_jobs: boolean
  include_response: boolean
  allow_private_network: boolean
}

/**
 * @param edited null: a new one is made
 * @param onClose with the endpoint as the gateway has it now, and of a new one its secret; null: nothing was done
 */
export function WebhookDialog({
  edited,
  onClose,
}: {
  edited: Endpoint | null
  onClose(found: { endpoint: Endpoint; secret?: string } | null): void
}) {
  const [typed, setTyped] = useState<Typed>(() => fill(edited))
  const [rest, setRest] = useState(() => fillRest(edited))
  const [error, setError] = useState<string | null>(null)
  const [isAsking, setAsking] = useState(false)
  const set = (changes: Partial<Typed>) => setTyped((before) => ({ ...before, ...changes }))
  const submit = async (event: Event) => {
    event.preventDefault()
    setAsking(true)
    try {
      const { name, url } = typed
      const wanted = { ...typed, name: name.trim(), url: url.trim(), ...readRest(rest) }
      if (edited === null) onClose(await send("POST", WEBHOOKS, wanted))
      else onClose({ endpoint: await send("PUT", findPath(edited), { ...edited, ...wanted }) })
    } catch (refused) {
      setError(explain(refused))
      setAsking(false)
    }
  }
  const foot = (
    <>
      <button type="button" onClick={() => onClose(null)}>
        {edited === null ? "Make none" : "Keep as it is"}
      </button>
      <button type="submit" form="webhook" class="primary" disabled={isAsking}>
        {edited === null ? "Make the endpoint" : "Save"}
      </button>
    </>
  )
  const title = edited === null ? "Make a webhook endpoint" : `Change ${edited.name}`
  return (
    <Dialog title={title} onClose={() => onClose(null)} foot={foot}>
      {error === null ? null : <Trouble text={error} />}
      <form id="webhook" onSubmit={(event) => void submit(event)}>
        <TextField label="Name" hint="as orders" value={typed.name} onType={(name) => set({ name })} />
        <TextField label="URL" hint="begins with https" value={typed.url} onType={(url) => set({ url })} />
        {edited === null ? (
          <label class="field">
            <span>Form</span>
            <select value={typed.form} onChange={({ currentTarget: { value } }) => set(chooseForm(value))}>
              <option value="bifrost">Jobs of any type, as Bifrost tells of them</option>
              <option value="event">Responses and batches, as OpenAI tells of them</option>
            </select>
          </label>
        ) : null}
        <fieldset class="choices">
          <legend>When</legend>
          {(events[typed.form] ?? []).map(({ name, label }) => (
            <Choice
              key={name}
              label={label}
              isOn={typed.events.includes(name)}
              onChange={(isOn) =>
                set({ events: isOn ? [...typed.events, name] : typed.events.filter((each) => each !== name) })
              }
            />
          ))}
        </fieldset>
        <fieldset class="choices">
          <legend>What</legend>
          {switches
            .filter(({ form }) => form === null || form === typed.form)
            .map(({ name, label }) => (
              <Choice key={name} label={label} isOn={typed[name]} onChange={(isOn) => set({ [name]: isOn })} />
            ))}
        </fieldset>
        <RestFields of={rest} onChange={(changes) => setRest((before) => ({ ...before, ...changes }))} />
      </form>
      <p class="note">
        A value of a header is shown to nobody once it is stored. A number that is left empty is the gateway's.
      </p>
    </Dialog>
  )
}

function fill(edited: Endpoint | null): Typed {
  const { name = "", url = "", all_jobs = true, include_response = false, allow_private_network = false } = edited ?? {}
  const { form, events } = edited ?? chooseForm("bifrost")
  return { name, url, form, events, all_jobs, include_response, allow_private_network }
}

/** A form with all of its events. */
function chooseForm(form: string): Pick<Typed, "form" | "events"> {
  return { form, events: (events[form] ?? []).map(({ name }) => name) }
}

interface TextFieldProps {
  label: string
  hint: string
  value: string
  onType(text: string): void
}

function TextField({ label, hint, value, onType }: TextFieldProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        value={value}
        placeholder={hint}
        required
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => onType(event.currentTarget.value)}
      />
    </label>
  )
}

function Choice({ label, isOn, onChange }: { label: string; isOn: boolean; onChange(isOn: boolean): void }) {
  return (
    <label class="choice">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  )
}
