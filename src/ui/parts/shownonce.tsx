// A secret that was just made: it is shown this once, until the reader says that they have it.
import { useEffect, useRef } from "preact/hooks"
import { Panel } from "./panels.tsx"
import { CopyButton } from "./values.tsx"

interface ShownOnceProps {
  title: string
  /** What it is, as "the key". */
  what: string
  value: string
  onClose(): void
}

export function ShownOnce({ title, what, value, onClose }: ShownOnceProps) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.focus(), [])
  return (
    <div ref={box} tabIndex={-1}>
      <Panel title={title}>
        <p>This is its value. It is shown this once and cannot be read again: store it now.</p>
        <pre class="sample">{value}</pre>
        <div class="actions">
          <CopyButton text={value} label={`Copy ${what}`} />
          <button type="button" class="small" onClick={onClose}>
            I have stored it
          </button>
        </div>
      </Panel>
    </div>
  )
}
