// A field for JSON: lines with their numbers, and what is wrong with it while it is typed.
import { useId, useRef } from "preact/hooks"

export interface Checked {
  text: string
  /** Null: it is an object. */
  problem: string | null
}

export function checkObject(text: string): Checked {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value)
    return { text, problem: isObject ? null : "It must be an object: { … }" }
  } catch (error) {
    return { text, problem: error instanceof Error ? error.message : String(error) }
  }
}

export function JsonEditor({
  label,
  value,
  onChange,
}: {
  label: string
  value: Checked
  onChange(checked: Checked): void
}) {
  const id = useId()
  const gutter = useRef<HTMLDivElement>(null)
  const lines = value.text.split("\n").length
  return (
    <div class="editor-field">
      <label for={id}>{label}</label>
      <div class="editor">
        <div class="gutter" ref={gutter} aria-hidden="true">
          {Array.from({ length: lines }, (_, at) => at + 1).join("\n")}
        </div>
        <textarea
          id={id}
          rows={Math.min(24, Math.max(6, lines + 1))}
          wrap="off"
          spellcheck={false}
          autocomplete="off"
          value={value.text}
          aria-invalid={value.problem !== null}
          aria-describedby={`${id}-problem`}
          onInput={({ currentTarget }) => onChange(checkObject(currentTarget.value))}
          onScroll={({ currentTarget }) => {
            if (gutter.current) gutter.current.scrollTop = currentTarget.scrollTop
          }}
        />
      </div>
      <p class="problem" id={`${id}-problem`} role="status">
        {value.problem}
      </p>
    </div>
  )
}
