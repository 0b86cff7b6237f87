// Charts as SVG: lines over time and bars. Each has its facts in words for those who do not see it.
import { useState } from "preact/hooks"
import { writeClock, writeSpan } from "../format.ts"

export interface Line {
  name: string
  /** A class of style/overview.css that gives the colour. */
  tone: string
  /** One value a step; null: nothing is known of that step. */
  values: readonly (number | null)[]
}

interface ChartProps {
  label: string
  lines: readonly Line[]
  /** The moment of each step, in RFC 3339. */
  at: readonly string[]
  write(value: number): string
  /** Lays the values of a step on top of each other, as areas. */
  isStacked?: boolean
}

const WIDTH = 600
const HEIGHT = 96

/** One or more lines over the same steps. Hovering, or the arrow keys, read a step. */
export function TimeChart({ label, lines, at, write, isStacked = false }: ChartProps) {
  const [chosen, setChosen] = useState<number | null>(null)
  const steps = at.length
  const drawn = isStacked ? stack(lines) : lines
  const top = Math.max(...drawn.flatMap(({ values }) => values.map((value) => value ?? 0)), 0)
  const x = (step: number) => (steps < 2 ? 0 : (step / (steps - 1)) * WIDTH)
  const y = (value: number) => HEIGHT - 2 - (top === 0 ? 0 : (value / top) * (HEIGHT - 6))
  const shown = chosen !== null && chosen < steps ? chosen : null
  const read = (line: Line) => {
    const value = shown === null ? line.values.findLast((each) => each !== null) : line.values[shown]
    return value === null || value === undefined ? "–" : write(value)
  }
  const move = (event: PointerEvent & { currentTarget: SVGSVGElement }) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    setChosen(Math.max(0, Math.min(steps - 1, Math.round(((event.clientX - left) / width) * (steps - 1)))))
  }
  return (
    <figure class="chart">
      <figcaption>
        {lines.map((line) => (
          <span key={line.name} class={`key ${line.tone}`}>
            {line.name} <b class="number">{read(line)}</b>
          </span>
        ))}
        <span class="when">{shown === null ? "" : writeClock(at[shown] ?? 0)}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: ${lines.map((line) => describe(line, write)).join("; ")}`}
        onPointerMove={move}
        onPointerLeave={() => setChosen(null)}
      >
        <line class="ground" x1="0" x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} />
        {drawn
          .toReversed()
          .map((line) =>
            isStacked ? (
              <path key={line.name} class={`area ${line.tone}`} d={traceArea(line.values, x, y)} />
            ) : (
              <Curve key={line.name} values={line.values} x={x} y={y} tone={line.tone} />
            ),
          )}
        {shown === null ? null : <line class="cursor" x1={x(shown)} x2={x(shown)} y1="0" y2={HEIGHT} />}
      </svg>
      <div class="scale" aria-hidden="true">
        <span>{steps < 2 ? "" : `${writeSpan(measureSpanMs(at))} ago`}</span>
        <span>{top === 0 ? "" : `up to ${write(top)}`}</span>
        <span>now</span>
      </div>
    </figure>
  )
}

/** From the first step to the end of the last. */
function measureSpanMs(at: readonly string[]): number {
  return Math.round(((Date.parse(at.at(-1) ?? "") - Date.parse(at[0] ?? "")) * at.length) / (at.length - 1))
}

/** A line alone, without scale: for the cells of a table. */
export function Sparkline({
  label,
  values,
  tone = "accent",
}: {
  label: string
  values: readonly number[]
  tone?: string
}) {
  const low = Math.min(0, ...values)
  const span = Math.max(...values, 0) - low || 1
  const x = (step: number) => (values.length < 2 ? 0 : (step / (values.length - 1)) * 100)
  const y = (value: number) => 19 - ((value - low) / span) * 18
  return (
    <svg class="sparkline" viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label={label}>
      <Curve values={values} x={x} y={y} tone={tone} />
    </svg>
  )
}

export interface Bar {
  name: string
  value: number
  /** What is written beside it. */
  text: string
  href?: string
  tone?: string
}

/** Horizontal bars with their names: a list for those who do not see them. */
export function Bars({ label, bars }: { label: string; bars: readonly Bar[] }) {
  const top = Math.max(...bars.map(({ value }) => value), 0)
  return (
    <ul class="bars" aria-label={label}>
      {bars.map(({ name, value, text, href, tone = "accent" }) => (
        <li key={name}>
          <span class="bar-name">{href === undefined ? name : <a href={href}>{name}</a>}</span>
          <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
            <rect
              class={`fill ${tone}`}
              width={top === 0 ? 0 : Math.max(value > 0 ? 0.6 : 0, (value / top) * 100)}
              height="8"
            />
          </svg>
          <span class="number">{text}</span>
        </li>
      ))}
    </ul>
  )
}

function stack(lines: readonly Line[]): Line[] {
  const sums: number[] = []
  return lines.map((line) => ({
    ...line,
    values: line.values.map((value, step) => {
      sums[step] = (sums[step] ?? 0) + (value ?? 0)
      return sums[step]
    }),
  }))
}

type Place = (value: number) => number

/** A line where steps follow each other; a step between two unknown ones is a dot that is thick enough to be seen. */
function Curve({ values, x, y, tone }: { values: Line["values"]; x: Place; y: Place; tone: string }) {
  const isKnown = (step: number) => typeof values[step] === "number"
  let line = ""
  let dots = ""
  for (const [step, value] of values.entries()) {
    if (value === null) continue
    const point = `${x(step).toFixed(1)} ${y(value).toFixed(1)}`
    if (isKnown(step - 1)) line += `L${point}`
    else if (isKnown(step + 1)) line += `M${point}`
    else dots += `M${point}h.1`
  }
  return (
    <>
      {line === "" ? null : <path class={`line ${tone}`} d={line} />}
      {dots === "" ? null : <path class={`line dots ${tone}`} d={dots} />}
    </>
  )
}

function traceArea(values: Line["values"], x: Place, y: Place): string {
  const points = values.map((value, step) => `L${x(step).toFixed(1)} ${y(value ?? 0).toFixed(1)}`)
  return points.length === 0 ? "" : `M0 ${y(0)}${points.join("")}L${x(values.length - 1).toFixed(1)} ${y(0)}Z`
}

function describe({ name, values }: Line, write: (value: number) => string): string {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return `${name} not known`
  const last = known.at(-1) ?? 0
  return `${name} now ${write(last)}, highest ${write(Math.max(...known))}, lowest ${write(Math.min(...known))}`
}
