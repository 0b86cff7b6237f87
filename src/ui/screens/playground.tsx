// The playground: a request of any type made from the document's example, sent as a job like every other, and what came of it.
import { useId, useState } from "preact/hooks"
import { BODY_BYTES, type BodyText, readBody } from "../bodytext.ts"
import { ask, explain } from "../client.ts"
import { type FormRequest, readForm } from "../copyas.ts"
import { type Example, type FileField, useExamples } from "../examples.ts"
import { setMember } from "../jsonmember.ts"
import { Dialog } from "../parts/dialog.tsx"
import { type Checked, checkObject, JsonEditor } from "../parts/jsoneditor.tsx"
import { ModelField } from "../parts/modelfield.tsx"
import { Head, Loading, Panel, Trouble } from "../parts/panels.tsx"
import { layOut, readValue } from "../rawjson.ts"
import { useResource } from "../resource.ts"
import { go, url, withQuery } from "../router.ts"
import { me } from "../session.ts"
import { asFields, asText, type Fields } from "../views/read.ts"
import { type SimpleField, simpleFields } from "../views/simplefields.ts"
import { CopyForms } from "./copydialog.tsx"
import { MockKnobs } from "./mockknobs.tsx"
import { PlayedJob } from "./playedjob.tsx"

/** What is in the editor of each type, for when the reader comes back to it. */
const drafts = new Map<string, Checked>()

export function Screen() {
  const { type: given = "", from = "" } = Object.fromEntries(url.value.searchParams)
  const type = REQUEST_TYPES.includes(given) ? given : "chat_completion"
  return (
    <>
      <Head title="Playground" lead="A request is sent as a job like every other: it costs what it costs." />
      {given === type || given === "" ? null : <Trouble text={`There is no request type "${given}".`} />}
      <label class="field play-type">
        <span>Type</span>
        <select
          value={type}
          onChange={({ currentTarget }) =>
            go(withQuery({ type: currentTarget.value, model: null, from: null, job: null }))
          }
        >
          {REQUEST_TYPES.map((each) => (
            <option key={each} value={each}>
              {each.replaceAll("_", " ")}
            </option>
          ))}
        </select>
      </label>
      <Play key={`${type} ${from}`} type={type} />
    </>
  )
}

/** Waits for what the editor begins with: the example, or the request of the job that the address names. */
function Play({ type }: { type: string }) {
  const areShown = me.value?.ui.bodies !== false
  // After a reload, the job that was sent is all that is left of the request.
  const [from] = useState(() => {
    const { from, job } = Object.fromEntries(url.peek().searchParams)
    return from ?? (drafts.has(type) ? undefined : job) ?? null
  })
  const examples = useExamples()
  const path = from !== null && areShown ? `/v1/async/jobs/${encodeURIComponent(from)}/request` : null
  const stored = useResource(path, null, null, (from, signal) => readBody(from, BODY_BYTES, signal))
  if (examples.error !== null && examples.data === null)
    return <Trouble text={examples.error} onRetry={examples.reload} />
  const example = examples.data?.[type]
  if (example === undefined || (path !== null && stored.data === null && stored.error === null)) return <Loading />
  const isTooLong = stored.data?.isCut === true
  return (
    <>
      {stored.error === null ? null : <Trouble text={stored.error} />}
      {isTooLong ? (
        <Trouble text="This request is longer than 256 KB: its job can be replayed, but it is not edited here." />
      ) : null}
      <Editor type={type} example={example} stored={isTooLong ? null : stored.data} />
    </>
  )
}

interface EditorProps {
  type: string
  example: Example
  stored: BodyText | null
}

function Editor({ type, example, stored }: EditorProps) {
  const [body, setBody] = useState(() => beginWith(type, example, stored))
  const [files, setFiles] = useState<Record<string, File[]>>({})
  const [key, setKey] = useState("")
  const [state, setState] = useState<{ isSending: boolean; error: string | null }>({ isSending: false, error: null })
  const [sent, setSent] = useState<string | null>(null)
  const [isCopying, setCopying] = useState(false)
  const edit = (checked: Checked) => {
    drafts.set(type, checked)
    setBody(checked)
  }
  const value = body.problem === null ? asFields(readValue(body.text)) : null
  const model = asText(value?.["model"]) ?? ""
  const set = (member: string, json: string | null) => edit(checkObject(setMember(body.text, member, json)))
  const missing = (example.files ?? []).find(({ name, isRequired }) => isRequired && !files[name]?.length)
  const submit = async (event: Event) => {
    event.preventDefault()
    setState({ isSending: true, error: null })
    try {
      const id = await sendRequest(type, example, body.text, files, key.trim())
      setState({ isSending: false, error: null })
      setSent(id)
      go(withQuery({ type, model, from: null, job: id }), true)
    } catch (refused) {
      setState({ isSending: false, error: explain(refused) })
    }
  }
  const job = url.value.searchParams.get("job")
  return (
    <div class="sides">
      <form class="panel play" aria-label="Request" onSubmit={(event) => void submit(event)}>
        <ModelField
          requestType={type}
          value={model}
          isDisabled={value === null}
          onInput={(typed) => set("model", JSON.stringify(typed))}
          onChange={(typed) => go(withQuery({ type, model: typed.trim() }), true)}
        />
        <Simple type={type} value={value} onSet={set} />
        {example.files?.map((field) => (
          <FileInput
            key={field.name}
            field={field}
            files={files[field.name] ?? []}
            onChoose={(chosen) => setFiles({ ...files, [field.name]: chosen })}
          />
        ))}
        {model.startsWith("mock/") && value !== null ? (
          <MockKnobs value={asFields(value["mock"])} onChange={(json) => set("mock", json)} />
        ) : null}
        <JsonEditor label={example.files === null ? "Request" : "Fields of the form"} value={body} onChange={edit} />
        {me.value?.kind === "admin" ? (
          <label class="field">
            <span>Virtual key that the job is made with, where the gateway wants one</span>
            <input
              type="password"
              value={key}
              autocomplete="off"
              spellcheck={false}
              onInput={({ currentTarget }) => setKey(currentTarget.value)}
            />
          </label>
        ) : null}
        {state.error === null ? null : <Trouble text={state.error} />}
        <div class="actions">
          <button type="submit" class="primary" disabled={state.isSending || value === null || missing !== undefined}>
            {state.isSending ? "Sending…" : "Send as a job"}
          </button>
          <button type="button" disabled={value === null} onClick={() => setCopying(true)}>
            Copy as…
          </button>
          <button type="button" onClick={() => edit(beginWithExample(example, model))}>
            Begin anew
          </button>
          {missing === undefined ? null : <span class="unknown">Choose the file of “{missing.name}” first.</span>}
        </div>
      </form>
      {job === null ? (
        <Panel title="Result">
          <p class="unknown">It will be here when the request has been sent.</p>
        </Panel>
      ) : (
        <PlayedJob key={job} id={job} isNew={job === sent} />
      )}
      {isCopying && value !== null ? (
        <Dialog title="Copy as" onClose={() => setCopying(false)} isWide>
          <CopyForms
            requestType={type}
            model={model}
            body={example.files === null ? body.text : describeForm(value, example.files, files)}
          />
        </Dialog>
      ) : null}
    </div>
  )
}

function Simple({
  type,
  value,
  onSet,
}: {
  type: string
  value: Fields | null
  onSet(member: string, json: string | null): void
}) {
  return (
    <div class="play-fields">
      {(simpleFields[type] ?? []).map((field) => (
        <SimpleInput key={field.member} field={field} value={value} onSet={onSet} />
      ))}
    </div>
  )
}

function SimpleInput({
  field: { label, kind, member, read, write },
  value,
  onSet,
}: {
  field: SimpleField
  value: Fields | null
  onSet(member: string, json: string | null): void
}) {
  const id = useId()
  const text = value === null ? null : read(value)
  const type = (typed: string) => value !== null && onSet(member, write(typed, value))
  const given = { id, value: text ?? "", disabled: text === null, title: text === null ? "It is set in the JSON" : "" }
  return (
    <div class={kind === "lines" ? "field whole" : "field"}>
      <label for={id}>{label}</label>
      {kind === "lines" ? (
        <textarea rows={3} dir="auto" {...given} onInput={({ currentTarget }) => type(currentTarget.value)} />
      ) : kind === "number" ? (
        <input type="number" step="any" {...given} onInput={({ currentTarget }) => type(currentTarget.value)} />
      ) : (
        <input autocomplete="off" {...given} onInput={({ currentTarget }) => type(currentTarget.value)} />
      )}
    </div>
  )
}

function FileInput({
  field: { name, accept, many, isRequired },
  files,
  onChoose,
}: {
  field: FileField
  files: readonly File[]
  onChoose(files: File[]): void
}) {
  return (
    <label class="field">
      <span>
        {name === "file" ? "File" : `File of “${name}”`}
        {isRequired ? "" : ", if any"}
      </span>
      <input
        type="file"
        accept={accept}
        multiple={many !== null}
        onChange={({ currentTarget }) => onChoose([...(currentTarget.files ?? [])])}
      />
      {files.length > 1 ? <span>{files.length} files are sent.</span> : null}
    </label>
  )
}

/** What was typed before, the request of a job, or the example; with the model of the address. */
function beginWith(type: string, example: Example, stored: BodyText | null): Checked {
  const wanted = url.peek().searchParams.get("model")
  const draft = drafts.get(type)
  const begun =
    stored !== null
      ? checkObject(layOut(takeFields(stored)))
      : draft === undefined
        ? beginWithExample(example, "")
        : draft
  if (begun.problem !== null || wanted === null) return begun
  return checkObject(setMember(begun.text, "model", JSON.stringify(wanted)))
}

function beginWithExample({ body }: Example, model: string): Checked {
  return checkObject(JSON.stringify(model === "" ? body : { ...body, model }, null, 2))
}

/** Of a form, what stands in its text fields. */
function takeFields(stored: BodyText): string {
  const form = readForm(stored)
  return form === null ? stored.text : JSON.stringify(form.fields)
}

/** @throws {Refused} */
async function sendRequest(
  type: string,
  { files: fileFields }: Example,
  text: string,
  files: Record<string, File[]>,
  key: string,
): Promise<string> {
  const as: Record<string, string> = key === "" ? {} : { "x-bf-vk": key }
  const path = `/v1/async${JOBS_PATHS[type] ?? ""}`
  const response =
    fileFields === null
      ? // The text goes out as it was typed: no number is rounded on the way.
        await ask(path, { method: "POST", body: text, headers: { "content-type": "application/json", ...as } })
      : await ask(path, { method: "POST", body: makeForm(asFields(readValue(text)), fileFields, files), headers: as })
  return ((await response.json()) as { id: string }).id
}

function makeForm(fields: Fields, fileFields: readonly FileField[], files: Record<string, File[]>): FormData {
  const form = new FormData()
  for (const [name, value] of listTexts(fields)) form.append(name, value)
  for (const { field, file } of listFiles(fileFields, files)) form.append(field, file)
  return form
}

function listTexts(fields: Fields): [string, string][] {
  return Object.entries(fields).flatMap(([name, value]) =>
    [value]
      .flat()
      .filter((each) => each !== null)
      .map((each): [string, string] => [name, typeof each === "string" ? each : JSON.stringify(each)]),
  )
}

function listFiles(fileFields: readonly FileField[], files: Record<string, File[]>): { field: string; file: File }[] {
  return fileFields.flatMap(({ name, many }) => {
    const chosen = files[name] ?? []
    return chosen.map((file) => ({ field: chosen.length > 1 ? (many ?? name) : name, file }))
  })
}

/** The form as the gateway would tell it once it is stored. */
function describeForm(fields: Fields, fileFields: readonly FileField[], files: Record<string, File[]>): FormRequest {
  const texts = new Map<string, string[]>()
  for (const [name, value] of listTexts(fields)) texts.set(name, [...(texts.get(name) ?? []), value])
  return {
    object: "form",
    fields: Object.fromEntries([...texts].map(([name, all]) => [name, all.length === 1 ? all[0] : all])),
    files: listFiles(fileFields, files).map(({ field, file }, index) => ({
      index,
      name: field,
      filename: file.name,
      content_type: file.type || null,
      bytes: file.size,
    })),
  }
}
