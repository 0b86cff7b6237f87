// How single values are shown: moments, spans, tokens, money, ids.
import { useState } from "preact/hooks"
import { writeAge, writeCount, writeCountdown, writeDuration, writeMoment, writeMoney, writeSpan } from "../format.ts"
import { now } from "../ticks.ts"
import { Icon } from "./icon.tsx"
import { toast } from "./toast.tsx"

/** "2 min ago", or "in 2 min"; the exact moment shows on hover, and is what programs read. */
export function Moment({ at }: { at: string | null | undefined }) {
  if (at === null || at === undefined) return <span class="unknown">–</span>
  const ms = now.value - Date.parse(at)
  const text = ms < -1000 ? `in ${writeSpan(-ms)}` : ms < 1000 ? "now" : `${writeAge(ms)} ago`
  return (
    <time dateTime={at} title={writeMoment(at)}>
      {text}
    </time>
  )
}

/** The age alone, for narrow columns. */
export function Age({ at }: { at: string }) {
  return (
    <time dateTime={at} title={writeMoment(at)}>
      {writeAge(now.value - Date.parse(at))}
    </time>
  )
}

/** "in 42 s", each second anew; "at once" where the moment has come. */
export function Countdown({ to }: { to: string }) {
  return (
    <time dateTime={to} title={writeMoment(to)}>
      {writeCountdown(Date.parse(to) - now.value)}
    </time>
  )
}

/** How long something took or, where it has not ended, takes so far. */
export function Took({ from, to }: { from: string | null | undefined; to: string | null | undefined }) {
  if (from === null || from === undefined) return <span class="unknown">–</span>
  const end = to === null || to === undefined ? Math.max(now.value, Date.parse(from)) : Date.parse(to)
  return <span class="number">{writeDuration(end - Date.parse(from))}</span>
}

export function Money({ usd }: { usd: number | null | undefined }) {
  return <span class={usd === null || usd === undefined ? "unknown" : "number"}>{writeMoney(usd)}</span>
}

export interface Usage {
  input_tokens?: number | null
  output_tokens?: number | null
  total_tokens?: number | null
}

/** The total, with its parts on hover. */
export function Tokens({ usage }: { usage: Usage | null | undefined }) {
  const { input_tokens, output_tokens, total_tokens } = usage ?? {}
  const total =
    total_tokens ?? (input_tokens == null && output_tokens == null ? null : (input_tokens ?? 0) + (output_tokens ?? 0))
  if (total === null) return <span class="unknown">–</span>
  const parts = `${writeCount(input_tokens)} in, ${writeCount(output_tokens)} out`
  return (
    <span class="number" title={parts}>
      {writeCount(total)}
    </span>
  )
}

/** Copies a text. It works on plain HTTP too, where the page has no clipboard of its own. */
export function CopyButton({
  text,
  label = "Copy",
  isBare = false,
}: {
  text: string | (() => string | Promise<string>)
  label?: string
  isBare?: boolean
}) {
  const [isDone, setDone] = useState(false)
  const copy = async () => {
    try {
      await copyText(typeof text === "string" ? text : await text())
      setDone(true)
    } catch {
      toast("The browser does not let this page copy: select the text instead.", "bad")
    }
  }
  return (
    <button
      type="button"
      class={isBare ? "bare" : "small"}
      title={label}
      aria-label={isBare ? label : undefined}
      onClick={() => void copy()}
      onBlur={() => setDone(false)}
    >
      <Icon name={isDone ? "check" : "copy"} />
      {isBare ? null : isDone ? "Copied" : label}
    </button>
  )
}

export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text)
  const area = document.createElement("textarea")
  area.value = text
  area.setAttribute("readonly", "")
  area.className = "offscreen"
  document.body.append(area)
  const focused = document.activeElement
  area.select()
  const isCopied = document.execCommand("copy")
  area.remove()
  if (focused instanceof HTMLElement) focused.focus()
  if (!isCopied) throw new Error("not copied")
}
