// Filters, which are the address: a box that takes words as `provider:name`, a panel with a field for each, and what holds as chips.
import { useRef, useState } from "preact/hooks"
import { writeMoment } from "../format.ts"
import { go, url, withQuery } from "../router.ts"
import { useShortcuts } from "../shortcuts.ts"
import { now } from "../ticks.ts"
import { Icon } from "./icon.tsx"

export interface Filter {
  /** Of the parameter of the address, which is that of the API. */
  name: string
  label: string
  kind: "choice" | "text" | "number" | "since"
  choices?: readonly string[]
}

interface FilterBarProps {
  filters: readonly Filter[]
  /** The parameter of a word without a name, and what it finds. */
  search: { name: string; hint: string }
}

/** Parameters that say where in the list the page is: another filter begins at its top. */
const places = { after: null }

/** The filters that the address has. */
export function readFilters(filters: readonly Filter[], search: string): URLSearchParams {
  const names = [search, ...filters.map(({ name }) => name)]
  return new URLSearchParams(
    [...url.value.searchParams].filter(([name, value]) => names.includes(name) && value !== ""),
  )
}

export function FilterBar({ filters, search }: FilterBarProps) {
  const [isOpen, setOpen] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const box = useRef<HTMLInputElement>(null)
  useShortcuts({ "/": { does: "Search and filter", run: () => box.current?.focus() } })
  const given = readFilters(filters, search.name)
  const submit = (event: Event) => {
    event.preventDefault()
    const { current } = box
    if (current === null) return
    const read = readWords(current.value, filters, search.name)
    setProblem(typeof read === "string" ? read : null)
    if (typeof read === "string") return
    current.value = ""
    go(withQuery({ ...places, ...read }))
  }
  return (
    <search class="filters">
      <form class="filter-line" onSubmit={submit}>
        <div class="search">
          <Icon name="search" />
          <input
            ref={box}
            type="text"
            aria-label="Search and filter"
            aria-describedby={problem === null ? undefined : "filter-problem"}
            placeholder={search.hint}
            spellcheck={false}
            autocomplete="off"
            onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
          />
          <kbd>/</kbd>
        </div>
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Icon name="filter" />
          Filters
        </button>
      </form>
      {problem === null ? null : (
        <p class="problem" id="filter-problem" role="alert">
          {problem}
        </p>
      )}
      {isOpen ? <Fields filters={filters} given={given} /> : null}
      {given.size === 0 ? null : <Chips filters={filters} given={given} />}
    </search>
  )
}

function Fields({ filters, given }: { filters: readonly Filter[]; given: URLSearchParams }) {
  return (
    <div class="fields">
      {filters.map((filter) => (
        <div class="field" key={filter.name}>
          <label for={`filter-${filter.name}`}>{filter.label}</label>
          <Field filter={filter} value={given.get(filter.name) ?? ""} />
        </div>
      ))}
    </div>
  )
}

function Field({ filter: { name, kind, choices = [] }, value }: { filter: Filter; value: string }) {
  const id = `filter-${name}`
  const set = (text: string) => go(withQuery({ ...places, [name]: text.trim() }))
  if (kind === "since") return <Since id={id} value={value} onChange={set} />
  if (kind === "choice") {
    return (
      <select id={id} value={value} onChange={(event) => set(event.currentTarget.value)}>
        <option value="">any</option>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice.replaceAll("_", " ")}
          </option>
        ))}
      </select>
    )
  }
  return (
    <input
      id={id}
      inputMode={kind === "number" ? "decimal" : "text"}
      value={value}
      placeholder="any"
      spellcheck={false}
      onChange={(event) => set(event.currentTarget.value)}
    />
  )
}

const spans: Record<string, number> = {
  "10 minutes": 600_000,
  hour: 3_600_000,
  "24 hours": 86_400_000,
  "7 days": 7 * 86_400_000,
}

function Since({ id, value, onChange }: { id: string; value: string; onChange(value: string): void }) {
  return (
    <select
      id={id}
      value={value === "" ? "" : "given"}
      onChange={({ currentTarget }) => {
        const span = spans[currentTarget.value]
        if (span !== undefined) onChange(new Date(now.peek() - span).toISOString())
        else if (currentTarget.value === "") onChange("")
      }}
    >
      <option value="">any time</option>
      {value === "" ? null : <option value="given">since {writeMoment(value).slice(0, 16)}</option>}
      {Object.keys(spans).map((span) => (
        <option key={span} value={span}>
          the last {span}
        </option>
      ))}
    </select>
  )
}

function Chips({ filters, given }: { filters: readonly Filter[]; given: URLSearchParams }) {
  const all = [...given]
  return (
    <ul class="chips" aria-label="Filters that hold">
      {all.map(([name, value]) => {
        const filter = filters.find((each) => each.name === name)
        const shown = filter?.kind === "since" ? writeMoment(value).slice(0, 16) : value
        return (
          <li class="chip" key={name}>
            <span>
              {(filter?.label ?? name).toLowerCase()} <b>{shown}</b>
            </span>
            <a
              class="bare"
              href={withQuery({ ...places, [name]: null })}
              aria-label={`Remove the filter ${name} ${shown}`}
            >
              <Icon name="close" />
            </a>
          </li>
        )
      })}
      {all.length > 1 ? (
        <li>
          <a href={withQuery({ ...places, ...Object.fromEntries(all.map(([name]) => [name, null])) })}>Clear all</a>
        </li>
      ) : null}
    </ul>
  )
}

/** What is typed, as parameters; or what is wrong with it. `"…"` holds words together. */
function readWords(text: string, filters: readonly Filter[], search: string): Record<string, string> | string {
  const read: Record<string, string> = {}
  for (const { groups = {} } of text.matchAll(/(?:(?<name>[a-z_]+):)?(?:"(?<quoted>[^"]*)"|(?<word>\S+))/g)) {
    const { name, quoted, word = "" } = groups
    const value = quoted ?? word
    if (name === undefined) {
      read[search] = value
      continue
    }
    const filter = filters.find((each) => each.name === name || each.label.toLowerCase() === name)
    if (filter === undefined) return `There is no filter "${name}": use ${filters.map((each) => each.name).join(", ")}`
    if (filter.choices && !filter.choices.includes(value)) return `${name} is one of ${filter.choices.join(", ")}`
    read[filter.name] = value
  }
  return read
}
