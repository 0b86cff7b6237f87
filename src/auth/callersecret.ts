// What a caller gave to go out with its job and nobody else may read: its own provider key, and headers for the provider.
// One JSON text, because it is sealed as one; who seals and opens it is secrets.ts.

export interface CallerSecret {
  /** Its own provider key; null: it goes out with one of the gateway's, or none. */
  key: string | null
  /** In lower case. */
  headers: Readonly<Record<string, string>>
  /** The provider whose calls the headers go with; null: those of fallbacks too. */
  headersFor: string | null
}

/** How a text begins that was written here; what does not is a key, of an earlier version. */
const MARK = '{"callerSecret":1,'

export function writeSecret({ key, headers, headersFor }: CallerSecret): string {
  return `${MARK}${JSON.stringify({ key, headers, headersFor }).slice(1)}`
}

export function readSecret(text: string): CallerSecret {
  if (!text.startsWith(MARK)) return { key: text, headers: {}, headersFor: null }
  const { key, headers, headersFor } = JSON.parse(text) as CallerSecret
  return { key, headers, headersFor }
}

/** The headers that go with calls to this provider. */
export function headersTo(provider: string, { headers, headersFor }: CallerSecret): Readonly<Record<string, string>> {
  return headersFor === null || headersFor === provider ? headers : {}
}

/** Whether calls to any of these go out with something of it: its key goes to the first provider alone. */
export function isNeededBy(providers: readonly string[], secret: CallerSecret): boolean {
  return providers.some((provider) => Object.keys(headersTo(provider, secret)).length > 0)
}
