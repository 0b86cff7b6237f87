// W3C trace contexts: a job's call is a child of the trace that its submit belongs to.

/**
 * A child of a `traceparent`: the same trace and flags, a span of its own. Null when there is none or it is not valid.
 * @param random gives that many random bytes
 */
export function makeChildTrace(traceparent: string | null, random: (bytes: number) => Uint8Array): string | null {
  const match = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?$/.exec(
    traceparent?.trim() ?? "",
  )
  // Only a later version than 00 may say more than its four parts.
  if (!match || (match[1] === "00" && match[4] !== undefined)) return null
  const span = Buffer.from(random(8)).toString("hex")
  // All zeros stand for no span.
  return `00-${match[2]}-${/^0+$/.test(span) ? "0000000000000001" : span}-${match[3]}`
}
