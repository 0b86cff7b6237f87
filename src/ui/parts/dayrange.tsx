// A range of days (UTC), which is the address: the last so many, or from one day to another.
import { computed } from "@preact/signals"
import { go, url, withQuery } from "../router.ts"
import { now } from "../ticks.ts"
import { countDays, goBack, readDay, writeDay } from "../usage.ts"
import { TabLinks } from "./panels.tsx"

const spans = [7, 30, 90, 365]
const DAYS_DEFAULT = 30
/** How long the gateway keeps what it sums up. */
const DAYS_MAX = 400
/** UTC. It changes once a day. */
const today = computed(() => writeDay(now.value))

export function DayRange({ from, to }: { from: string; to: string }) {
  const days = countDays(from, to)
  const set = (change: { from?: string; to?: string }) => go(withQuery({ from, to, ...change }))
  return (
    <div class="range">
      <TabLinks
        label="The last days"
        current={to === today.value ? String(days) : ""}
        tabs={spans.map((span) => ({
          key: String(span),
          name: span === 365 ? "1 year" : `${span} days`,
          href: withQuery(
            span === DAYS_DEFAULT ? { from: null, to: null } : { from: goBack(today.value, span), to: null },
          ),
        }))}
      />
      <input
        type="date"
        aria-label="From"
        value={from}
        max={to}
        onChange={({ currentTarget: { value } }) => value !== "" && set({ from: value })}
      />
      <input
        type="date"
        aria-label="To"
        value={to}
        min={from}
        max={today.value}
        onChange={({ currentTarget: { value } }) => value !== "" && set({ to: value })}
      />
    </div>
  )
}

/** The days of the address; `problem`: they are none. */
export function readDays(): { from: string; to: string; problem: string | null } {
  const { from: first, to: last } = Object.fromEntries(url.value.searchParams)
  const to = readDay(last ?? today.value)
  const from = readDay(first ?? goBack(to ?? today.value, DAYS_DEFAULT))
  const usual = { from: goBack(today.value, DAYS_DEFAULT), to: today.value }
  if (from === null || to === null) return { ...usual, problem: "from and to in the address are days, as 2026-01-31." }
  if (from > to) return { ...usual, problem: "The first day, from, is later than the last one, to." }
  if (countDays(from, to) > DAYS_MAX)
    return { ...usual, problem: `These are more than ${DAYS_MAX} days, for which usage is kept.` }
  return { from, to, problem: null }
}
