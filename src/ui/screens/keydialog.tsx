// The form of a virtual key: makes one, or changes one. What is wrong with a value, the gateway says.
import { useState } from "preact/hooks"
import { explain, send } from "../client.ts"
import { readNumber } from "../format.ts"
import type { VirtualKey } from "../parts/budgets.tsx"
import { Dialog } from "../parts/dialog.tsx"
import { Trouble } from "../parts/panels.tsx"

export interface ManagedKey extends VirtualKey {
  created_at: string | null
  source: string
  is_read_only: boolean
}

export const KEYS = "/v1/async/virtual-keys"

/** What is typed, by the names of the fields. */
type Typed = Record<(typeof fields)[number]["name"], string>

const fields = [
  { name: "name", label: "Name", type: "text", hint: "as team-a" },
  { name: "expires", label: "Expires", type: "datetime-local", hint: "" },
  { name: "requests", label: "Requests in a minute", type: "text", hint: "no limit" },
  { name: "jobs", label: "Jobs in flight", type: "text", hint: "no limit" },
  { name: "dayTokens", label: "Tokens in a day", type: "text", hint: "no budget" },
  { name: "dayCost", label: "US dollars in a day", type: "text", hint: "no budget" },
  { name: "monthTokens", label: "Tokens in a month", type: "text", hint: "no budget" },
  { name: "monthCost", label: "US dollars in a month", type: "text", hint: "no budget" },
] as const

/**
 * @param edited null: a new one is made
 * @param onClose with the key as the gateway has it now; null: nothing was done
 */
export function KeyDialog({
  edited,
  onClose,
}: {
  edited: ManagedKey | null
  onClose(key: (ManagedKey & { value?: string }) | null): void
}) {
  const [before] = useState(() => writeFields(edited))
  const [typed, setTyped] = useState(before)
  const [error, setError] = useState<string | null>(null)
  const [isAsking, setAsking] = useState(false)
  const action = edited === null ? "Make the key" : "Save"
  const submit = async (event: Event) => {
    event.preventDefault()
    setAsking(true)
    try {
      const path = edited === null ? KEYS : `${KEYS}/${encodeURIComponent(edited.id)}`
      onClose(await send("POST", path, readChanges(before, typed)))
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
      <button type="submit" form="key" class="primary" disabled={isAsking}>
        {action}
      </button>
    </>
  )
  return (
    <Dialog
      title={edited === null ? "Make a virtual key" : `Change ${edited.name}`}
      onClose={() => onClose(null)}
      foot={foot}
    >
      {error === null ? null : <Trouble text={error} />}
      <form id="key" class="pairs" onSubmit={(event) => void submit(event)}>
        {fields.map(({ name, label, type, hint }) => (
          <label key={name} class="field">
            <span>{label}</span>
            <input
              {...(type === "text" ? { type } : { type })}
              value={typed[name]}
              placeholder={hint}
              required={name === "name"}
              autocomplete="off"
              spellcheck={false}
              onInput={({ currentTarget: { value } }) => setTyped((typed) => ({ ...typed, [name]: value }))}
            />
          </label>
        ))}
      </form>
      <p class="note">What is left empty is no limit. Days and months begin at midnight UTC.</p>
    </Dialog>
  )
}

function writeFields(key: ManagedKey | null): Typed {
  const { day, month } = key?.budgets ?? {}
  const write = (value: number | null | undefined) => (value === null || value === undefined ? "" : String(value))
  return {
    name: key?.name ?? "",
    expires: key?.expires_at == null ? "" : writeLocal(key.expires_at),
    requests: write(key?.requests_per_minute),
    jobs: write(key?.max_concurrent_jobs),
    dayTokens: write(day?.tokens),
    dayCost: write(day?.cost),
    monthTokens: write(month?.tokens),
    monthCost: write(month?.cost),
  }
}

/** What the reader changed, in the members of the API: what they left alone stays as it is, whoever changes it meanwhile. */
function readChanges(before: Typed, typed: Typed): Record<string, unknown> {
  const has = (...names: (keyof Typed)[]) => names.some((name) => before[name] !== typed[name])
  const changes: Record<string, unknown> = {}
  if (has("name")) changes["name"] = typed.name.trim()
  if (has("expires")) changes["expires_at"] = typed.expires === "" ? null : new Date(typed.expires).toISOString()
  if (has("requests")) changes["requests_per_minute"] = readNumber(typed.requests)
  if (has("jobs")) changes["max_concurrent_jobs"] = readNumber(typed.jobs)
  if (has("dayTokens", "dayCost", "monthTokens", "monthCost")) {
    changes["budgets"] = readPairs({
      day: readPairs({ tokens: readNumber(typed.dayTokens), cost: readNumber(typed.dayCost) }),
      month: readPairs({ tokens: readNumber(typed.monthTokens), cost: readNumber(typed.monthCost) }),
    })
  }
  return changes
}

/** Null: nothing is given. */
function readPairs(pairs: Record<string, unknown>): Record<string, unknown> | null {
  const given = Object.entries(pairs).filter(([, value]) => value !== null)
  return given.length === 0 ? null : Object.fromEntries(given)
}

/** As the browser's field of a time has it: in the reader's own time, without a zone. */
function writeLocal(at: string): string {
  const date = new Date(at)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
