// What screens are made of: their head, panels, tabs, empty and broken states, progress.
import type { ComponentChildren } from "preact"
import { useEffect } from "preact/hooks"
import { Icon } from "./icon.tsx"

/** The head of a screen. Its title is the page's, too. */
export function Head({
  title,
  children,
  lead,
}: {
  title: string
  children?: ComponentChildren
  lead?: ComponentChildren
}) {
  useEffect(() => {
    document.title = `${title} · asyncgate`
  }, [title])
  return (
    <header class="head">
      <div>
        <h1>{title}</h1>
        {lead ? <p class="lead">{lead}</p> : null}
      </div>
      <div class="actions">{children}</div>
    </header>
  )
}

export function Panel({
  title,
  note,
  children,
}: {
  title: string
  note?: ComponentChildren
  children: ComponentChildren
}) {
  return (
    <section class="panel">
      <header>
        <h2>{title}</h2>
        {note ? <div class="note">{note}</div> : null}
      </header>
      {children}
    </section>
  )
}

/** A row of a list of facts: of `<dl class="facts">`. */
export function Fact({ name, value, isBad = false }: { name: string; value: ComponentChildren; isBad?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isBad ? "bad-text" : ""}>{value}</dd>
    </div>
  )
}

/** A few choices of which one holds: as links, so that the choice is in the address. */
export function TabLinks({
  label,
  tabs,
  current,
}: {
  label: string
  tabs: { name: string; href: string; key: string }[]
  current: string
}) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ name, href, key }) => (
        <a key={key} href={href} aria-current={key === current ? "page" : undefined}>
          {name}
        </a>
      ))}
    </nav>
  )
}

/** There is nothing to show: says what would be here, and what to do. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  )
}

/** Something went wrong. What was shown before may stay below it. */
export function Trouble({ text, onRetry }: { text: string; onRetry?: () => void }) {
  return (
    <div class="trouble" role="alert">
      <Icon name="warning" />
      <p>{text}</p>
      {onRetry ? (
        <button type="button" class="small" onClick={onRetry}>
          Try again
        </button>
      ) : null}
    </div>
  )
}

export function Loading({ what = "Loading" }: { what?: string }) {
  return (
    <div class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      {what}…
    </div>
  )
}

export function Progress({ label, done, total }: { label: string; done: number; total: number }) {
  return (
    <div class="progress-line">
      <progress aria-label={label} value={done} max={Math.max(1, total)} />
      <span class="number">
        {done.toLocaleString("en-US")} of {total.toLocaleString("en-US")}
      </span>
    </div>
  )
}
