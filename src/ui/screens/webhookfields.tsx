// The lesser fields of a webhook endpoint: its headers, when it is tried again, and its limits. What is left empty is the gateway's to choose.
import { readNumber } from "../format.ts"
import type { Endpoint } from "../webhooks.ts"

/** By the members of the API. `hint`: what the gateway chooses; `only`: with this schedule. */
const numbers = [
  { name: "max_retries", label: "Tries after the first", hint: "4", only: "exponential" },
  { name: "retry_backoff_initial_seconds", label: "Seconds before the second try", hint: "30", only: "exponential" },
  { name: "retry_backoff_max_seconds", label: "Seconds between tries at most", hint: "1800", only: "exponential" },
  { name: "attempt_timeout_seconds", label: "Seconds for an answer", hint: "10", only: null },
  { name: "max_concurrent_deliveries", label: "Deliveries at one time", hint: "10", only: null },
  { name: "max_response_payload_kbs", label: "KiB of an answer at most", hint: "256", only: null },
] as const

export interface TypedHeader {
  name: string
  value: string
  /** The gateway has its value, which it shows to nobody. */
  isStored: boolean
}

export interface Rest {
  headers: readonly TypedHeader[]
  schedule: string
  numbers: Readonly<Record<string, string>>
}

/** @param edited null: a new endpoint */
export function fillRest(edited: Endpoint | null): Rest {
  const headers = Object.keys(edited?.headers ?? {}).map((name) => ({ name, value: "", isStored: true }))
  const typed = numbers.map(({ name }) => [name, edited === null ? "" : String(edited[name])] as const)
  return { headers, schedule: edited?.schedule ?? "exponential", numbers: Object.fromEntries(typed) }
}

/** The members of the API. @throws {Error} for two headers of one name, of which the last alone would remain */
export function readRest({ headers, schedule, numbers: typed }: Rest): Record<string, unknown> {
  const named = headers.map(({ name, ...header }) => ({ ...header, name: name.trim() }))
  const twice = named.find(({ name }, at) => named.findIndex((other) => other.name === name) < at)
  if (twice) throw new Error(`Two headers have the name ${JSON.stringify(twice.name)}: take one of them out.`)
  return {
    headers: Object.fromEntries(
      named.map(({ name, value, isStored }) => [name, isStored && value === "" ? { value: "<REDACTED>" } : value]),
    ),
    schedule,
    ...Object.fromEntries(numbers.map(({ name }) => [name, readNumber(typed[name] ?? "")])),
  }
}

interface FieldsProps {
  of: Rest
  onChange(changes: Partial<Rest>): void
}

export function RestFields({ of: rest, onChange }: FieldsProps) {
  const { schedule } = rest
  return (
    <>
      <Headers of={rest} onChange={onChange} />
      <fieldset class="choices">
        <legend>Retries and limits</legend>
        <label class="field">
          <span>What fails is tried again</span>
          <select value={schedule} onChange={({ currentTarget: { value } }) => onChange({ schedule: value })}>
            <option value="exponential">after waits that double</option>
            <option value="standard">nine times in three days, as Standard Webhooks</option>
          </select>
        </label>
        <div class="pairs">
          {numbers
            .filter(({ only }) => only === null || only === schedule)
            .map(({ name, label, hint }) => (
              <label key={name} class="field">
                <span>{label}</span>
                <input
                  value={rest.numbers[name]}
                  placeholder={hint}
                  inputMode="numeric"
                  autocomplete="off"
                  onInput={({ currentTarget: { value } }) => onChange({ numbers: { ...rest.numbers, [name]: value } })}
                />
              </label>
            ))}
        </div>
      </fieldset>
    </>
  )
}

function Headers({ of: { headers }, onChange }: FieldsProps) {
  const set = (at: number, changes: Partial<TypedHeader>) =>
    onChange({ headers: headers.map((header, other) => (other === at ? { ...header, ...changes } : header)) })
  return (
    <fieldset class="choices">
      <legend>Headers of its own</legend>
      {headers.map(({ name, value, isStored }, at) => (
        <div key={at} class="header-row">
          <label class="field">
            <span>Header {at + 1}</span>
            <input
              value={name}
              readOnly={isStored}
              placeholder="as authorization"
              required
              autocomplete="off"
              spellcheck={false}
              onInput={({ currentTarget }) => set(at, { name: currentTarget.value })}
            />
          </label>
          <label class="field">
            <span>Its value</span>
            <input
              value={value}
              placeholder={isStored ? "stays as it is" : ""}
              autocomplete="off"
              spellcheck={false}
              onInput={({ currentTarget }) => set(at, { value: currentTarget.value })}
            />
          </label>
          <button type="button" onClick={() => onChange({ headers: headers.toSpliced(at, 1) })}>
            Take out<span class="offscreen"> header {at + 1}</span>
          </button>
        </div>
      ))}
      <div>
        <button
          type="button"
          class="small"
          onClick={() => onChange({ headers: [...headers, { name: "", value: "", isStored: false }] })}
        >
          Add a header
        </button>
      </div>
    </fieldset>
  )
}
