// A caller's secret: its own key for the provider, and headers for the provider. It is written as one JSON text, which sealing.ts encrypts.

export interface CallerSecret {
  /** The caller's own key for the provider; null: the call uses one of the gateway's keys, or none. */
  key: string | null
  /** Names are in lower case. */
  headers: Readonly<Record<string, string>>
  /** The provider that the headers are sent to; null: to fallbacks as well. */
  headersFor: string | null
}

/** How the JSON text begins. A text that begins otherwise is a bare key, written by an earlier version. */
const MARK = '{"callerSecret":1,'

export function writeSecret({ key, headers, headersFor }: CallerSecret): string {
  return `${MARK}${JSON.stringify({ key, headers, headersFor }).slice(1)}`
}

export function readSecret(text: string): CallerSecret {
  if (!text.startsWith(MARK)) return { key: text, headers: {}, headersFor: null }
  const { key, headers, headersFor } = JSON.parse(text) as CallerSecret
  return { key, headers, headersFor }
}

/** The headers that are sent to this provider. */
export function headersTo(provider: string, { headers, headersFor }: CallerSecret): Readonly<Record<string, string>> {
  return headersFor === null || headersFor === provider ? headers : {}
}

/** Whether a call to any of these fallbacks needs the secret. The key is only for the first provider. */
export function isNeededBy(providers: readonly string[], secret: CallerSecret): boolean {
  return providers.some((provider) => Object.keys(headersTo(provider, secret)).length > 0)
}
