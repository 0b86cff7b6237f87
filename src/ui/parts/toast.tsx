// Short messages at the edge of the page, and what screen readers are told. Errors stay until they are put away.
import { signal } from "@preact/signals"
import { after } from "../ticks.ts"
import { Icon } from "./icon.tsx"

type Tone = "plain" | "good" | "bad"

const toasts = signal<readonly { id: number; text: string; tone: Tone; href: string | null }[]>([])
const spoken = signal("")
let count = 0
let isSpeaking = false
let unspoken: string | null = null

/** @param href what the message leads to */
export function toast(text: string, tone: Tone = "plain", href: string | null = null): void {
  count += 1
  const id = count
  toasts.value = [...toasts.value.slice(-3), { id, text, tone, href }]
  if (tone !== "bad") after(7000, () => putAway(id))
}

/** Tells screen readers, politely and at most every five seconds: of several texts the last one counts. */
export function announce(text: string): void {
  if (isSpeaking) {
    unspoken = text
    return
  }
  spoken.value = text
  isSpeaking = true
  after(5000, () => {
    isSpeaking = false
    const next = unspoken
    unspoken = null
    if (next !== null) announce(next)
  })
}

export function Toasts() {
  return (
    <>
      <div class="offscreen" role="status">
        {spoken}
      </div>
      <section class="toasts" aria-label="Messages" aria-live="polite">
        {toasts.value.map(({ id, text, tone, href }) => (
          <div key={id} class={`toast ${tone}`}>
            <span>{text}</span>
            {href === null ? null : <a href={href}>Show</a>}
            <button type="button" class="bare" aria-label="Put this message away" onClick={() => putAway(id)}>
              <Icon name="close" />
            </button>
          </div>
        ))}
      </section>
    </>
  )
}

function putAway(id: number): void {
  toasts.value = toasts.value.filter((each) => each.id !== id)
}
