// Whether a figure that was sampled over time is flat: the straight line that fits it best.

export interface Slope {
  perHour: number
  /** The standard error of `perHour`: a slope within two of them may be none. */
  errorPerHour: number
}

const HOUR_MS = 3_600_000

/** Least squares over samples of [milliseconds, value]; NaN for fewer than three. */
export function computeSlope(samples: readonly (readonly [atMs: number, value: number])[]): Slope {
  const mean = (pick: (sample: readonly [number, number]) => number) =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length
  const [middleMs, middle] = [mean(([atMs]) => atMs), mean(([, value]) => value)]
  const spread = mean(([atMs]) => (atMs - middleMs) ** 2)
  const slope = mean(([atMs, value]) => (atMs - middleMs) * (value - middle)) / spread
  const unexplained = mean(([atMs, value]) => (value - middle - slope * (atMs - middleMs)) ** 2)
  const error = samples.length < 3 ? Number.NaN : Math.sqrt(unexplained / spread / (samples.length - 2))
  return { perHour: samples.length < 3 ? Number.NaN : slope * HOUR_MS, errorPerHour: error * HOUR_MS }
}
