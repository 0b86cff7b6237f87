// How times, durations, amounts and money are written. What is not known is said to be unknown, never zero.

/** How long ago, in the largest unit that fits: "now", "12 s", "4 min", "3 h", "5 d". */
export function writeAge(ms: number): string {
  if (ms < 1000) return "now"
  return writeSpan(ms)
}

/** A span in one unit: "12 s", "4 min", "3 h", "5 d". */
export function writeSpan(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** A measured time: "3 ms", "1.24 s", "2 min 05 s", "1 h 04 min". */
export function writeDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return "–"
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${pad((ms % 60_000) / 1000)} s`
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h ${pad((ms % 3_600_000) / 60_000)} min`
  return `${Math.floor(ms / 86_400_000)} d ${pad((ms % 86_400_000) / 3_600_000)} h`
}

/** What is left of a wait, in whole seconds: "in 42 s", "in 2 min 05 s", "at once". */
export function writeCountdown(ms: number): string {
  const left = Math.ceil(ms / 1000) * 1000
  if (left <= 0) return "at once"
  return `in ${left < 60_000 ? writeSpan(left) : writeDuration(left)}`
}

export function writeCount(count: number | null | undefined): string {
  return count === null || count === undefined ? "unknown" : count.toLocaleString("en-US")
}

/** "1.2k", "3.4M": for axes and narrow columns. */
export function writeShort(value: number): string {
  if (Math.abs(value) < 1) return String(Number(value.toPrecision(2)))
  if (Math.abs(value) < 1000) return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 1 : 0)
  const [by, unit] = Math.abs(value) < 999_500 ? [1e3, "k"] : Math.abs(value) < 999_500_000 ? [1e6, "M"] : [1e9, "G"]
  const short = value / by
  return `${short.toFixed(short < 10 ? 1 : 0).replace(/\.0$/, "")}${unit}`
}

/** US dollars; small amounts keep two digits that count. */
export function writeMoney(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) return "unknown"
  if (usd === 0) return "$0"
  if (usd >= 0.1) return `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
  if (usd < 0.000_000_1) return "< $0.0000001"
  const digits = Math.min(9, 1 - Math.floor(Math.log10(usd)))
  return `$${usd.toFixed(digits)}`
}

export function writeBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return "unknown"
  if (bytes < 1024) return `${bytes} B`
  const units = ["KB", "MB", "GB", "TB"]
  let value = bytes
  let at = -1
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024
    at += 1
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[at]}`
}

/** The exact moment, in the reader's own time: "2026-12-01 14:03:20.123". */
export function writeMoment(at: string | number): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return String(at)
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
  return `${day} ${writeClock(date)}.${String(date.getMilliseconds()).padStart(3, "0")}`
}

/** The time of the day: "14:03:20". */
export function writeClock(at: string | number | Date): string {
  const date = new Date(at)
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`
}

/** A character as JSON escapes it; one outside of the first plane is two escapes. */
export function writeEscape(char: string): string {
  return Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, "0")}`).join(
    "",
  )
}

function pad(value: number): string {
  return String(Math.floor(value)).padStart(2, "0")
}

/** The number that was typed. What is none goes out as it is, so that the gateway says what is wrong with it; null: empty. */
export function readNumber(text: string): number | string | null {
  const trimmed = text.trim()
  if (trimmed === "") return null
  const value = Number(trimmed)
  return Number.isFinite(value) ? value : trimmed
}
