// The knobs of the built-in mock provider that help most: how long it takes, and how it fails. The others are set in the JSON.
import type { Fields } from "../views/read.ts"

const numbers = [
  { name: "latency_ms", label: "Takes, ms" },
  { name: "status", label: "Fails with status" },
  { name: "times", label: "On the first attempts" },
] as const

export function MockKnobs({ value, onChange }: { value: Fields; onChange(json: string | null): void }) {
  const set = (name: string, knob: unknown) => {
    const { [name]: _, ...rest } = value
    const next = knob === null ? rest : { ...rest, [name]: knob }
    onChange(Object.keys(next).length === 0 ? null : JSON.stringify(next))
  }
  return (
    <fieldset class="play-fields">
      <legend>The mock provider</legend>
      {numbers.map(({ name, label }) => (
        <label key={name} class="field">
          <span>{label}</span>
          <input
            type="number"
            min={0}
            value={typeof value[name] === "number" ? String(value[name]) : ""}
            onInput={({ currentTarget: { value: typed } }) => set(name, typed === "" ? null : Number(typed))}
          />
        </label>
      ))}
      <label class="choice">
        <input
          type="checkbox"
          checked={value["hang"] === true}
          onChange={({ currentTarget }) => set("hang", currentTarget.checked ? true : null)}
        />
        Never answers
      </label>
    </fieldset>
  )
}
