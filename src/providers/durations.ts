// Reads durations and times as providers write them, as whole milliseconds from now. Pure.

/** A longer delay is taken for a mistake: no job should wait for it. */
const FAR_MS = 30 * 24 * 3_600_000

const UNITS_MS: Record<string, number> = { d: 24 * 3_600_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** Reads a duration as Go and Google write it: `6m0s`, `1.5s`, `120ms`. Milliseconds, or NaN. */
export function parseDuration(text: string): number {
  if (!/^(\d+(\.\d+)?(d|h|ms?|s))+$/.test(text)) return Number.NaN
  const parts = [...text.matchAll(/([\d.]+)([a-z]+)/g)]
  return parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (UNITS_MS[unit] ?? Number.NaN), 0)
}

/** Milliseconds until a date in one of HTTP's three forms (RFC 9110, 5.6.7) or in RFC 3339's. */
export function dateMs(text: string | null, now: number): number | null {
  // Date.parse accepts nearly any text with a number in it: "-5", "1,5".
  if (text === null || !/^((Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? |\d{4}-\d\d-\d\dT)/.test(text)) return null
  // The oldest form means GMT without saying so.
  return near(Date.parse(/(GMT|Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text} GMT`) - now)
}

export function parseNumber(text: string | null | undefined): number {
  return /^\d+(\.\d+)?$/.test(text ?? "") ? Number(text) : Number.NaN
}

/** A delay in whole milliseconds: 0 when it is past, null when it is too long to be meant. */
export function near(ms: number): number | null {
  return Math.abs(ms) <= FAR_MS ? Math.max(0, Math.round(ms)) : null
}
