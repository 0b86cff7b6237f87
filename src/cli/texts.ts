// Numbers and times as people read them.

/** As `12s`, `3m 20s`, `2h 5m` or `4d 1h`. @param ms milliseconds */
export function formatAge(ms: number): string {
  if (!(ms >= 0)) return "-"
  const seconds = Math.floor(ms / 1000)
  if (ms < 1000) return `${Math.round(ms)}ms`
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${seconds % 60}s`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`
}

/** When it was so long ago, in ISO 8601; what is longer ago than 1970 is 1970. @param now epoch milliseconds */
export function formatAgo(ms: number, now: number): string {
  return new Date(Math.max(0, now - ms)).toISOString()
}

/** As `512 B`, `12.3 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"]
  const at = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  return `${at === 0 ? bytes : (bytes / 1000 ** at).toFixed(1)} ${units[at]}`
}
