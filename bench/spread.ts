// What becomes of many numbers: a median, or a spread of percentiles.

export interface Spread {
  count: number
  p50: number
  p90: number
  p99: number
  max: number
}

export function computeSpread(values: number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    count: sorted.length,
    p50: rank(sorted, 0.5),
    p90: rank(sorted, 0.9),
    p99: rank(sorted, 0.99),
    max: rank(sorted, 1),
  }
}

/** The middle value, the lower one of two. */
export function median(values: number[]): number {
  return computeSpread(values).p50
}

/** Nearest rank: a value that occurred, NaN of none. */
function rank(sorted: number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
