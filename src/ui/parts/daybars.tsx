// A bar for each day. Hovering reads a day; for those who do not see it, the table of the days says the same.
import { useState } from "preact/hooks"

export interface DayBar {
  day: string
  value: number
  /** What is written of it. */
  text: string
  /** A part of it is not known: it has a mark above its bar. */
  hasUnknown: boolean
}

const HEIGHT = 100
/** Above the highest bar, for the mark. */
const HEAD = 8

export function DayBars({ label, bars }: { label: string; bars: readonly DayBar[] }) {
  const [chosen, setChosen] = useState<number | null>(null)
  const top = Math.max(...bars.map(({ value }) => value), 0)
  const shown = bars[chosen ?? -1]
  const highest = bars.reduce<DayBar | null>((best, bar) => (bar.value > (best?.value ?? 0) ? bar : best), null)
  const lead = shown ?? highest
  const move = (event: PointerEvent & { currentTarget: SVGSVGElement }) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    setChosen(Math.max(0, Math.min(bars.length - 1, Math.floor(((event.clientX - left) / width) * bars.length))))
  }
  return (
    <figure class="chart day-bars">
      <figcaption>
        <span>
          {lead === null ? "Nothing in these days" : `${shown ? "" : "Highest: "}${lead.day}, `}
          <b>{lead?.text}</b>
        </span>
        {bars.some(({ hasUnknown }) => hasUnknown) ? (
          <span class="when wait">
            <i class="dot-mark" aria-hidden="true" /> a day with calls of unknown cost
          </span>
        ) : null}
      </figcaption>
      <svg
        viewBox={`0 0 ${bars.length * 10} ${HEIGHT + HEAD}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}, from ${bars[0]?.day ?? ""} to ${bars.at(-1)?.day ?? ""}${highest ? `; highest on ${highest.day}: ${highest.text}` : "; nothing"}`}
        onPointerMove={move}
        onPointerLeave={() => setChosen(null)}
      >
        {bars.map(({ day, value, hasUnknown }, at) => {
          const height = top === 0 ? 0 : Math.max(value > 0 ? 1 : 0, (value / top) * HEIGHT)
          return (
            <g key={day} class={at === chosen ? "chosen" : ""}>
              <rect class="fill accent" x={at * 10 + 1} y={HEAD + HEIGHT - height} width={8} height={height} />
              {hasUnknown ? (
                <rect class="fill wait" x={at * 10 + 1} y={HEAD + HEIGHT - height - 5} width={8} height={3} />
              ) : null}
            </g>
          )
        })}
      </svg>
      <div class="scale" aria-hidden="true">
        <span>{bars[0]?.day}</span>
        <span>{bars.at(-1)?.day}</span>
      </div>
    </figure>
  )
}
