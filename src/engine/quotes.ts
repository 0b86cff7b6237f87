// Takes out of a message what it repeats of a request. Pure.

/** So many words in a row that both have are a quotation; fewer are a way to speak. */
const WORDS = 3
/** A text of the request that is shorter than this is no quotation where it stands in a message. */
const TEXT_CHARS_MIN = 3
const HIDDEN = "[…]"

/** @param request JSON text; null: it cannot be looked through, and nothing is left of the message */
export function hideQuotes(message: string, request: string | null): string {
  const texts = request === null ? null : listTexts(request)
  if (texts === null) return HIDDEN
  const whole = texts.reduce((rest, text) => rest.replaceAll(text, HIDDEN), message)
  return hideRuns(whole, ` ${texts.flatMap(splitWords).join(" ")} `)
}

/** Members whose texts are words of the API, and are no quotation in a message. */
const plain = new Set(["model", "role", "type"])

/** What the caller wrote: all texts of the request, the longest first; null: it cannot be looked through. */
function listTexts(request: string): string[] | null {
  const texts = new Set<string>()
  const collect = (value: unknown, name: string): void => {
    if (typeof value === "string") {
      if (!plain.has(name) && value.length >= TEXT_CHARS_MIN) texts.add(value)
    } else if (typeof value === "object" && value !== null) {
      for (const [inner, one] of Object.entries(value)) collect(one, Array.isArray(value) ? name : inner)
    }
  }
  try {
    collect(JSON.parse(request), "")
  } catch {
    // No JSON, or nested beyond all measure.
    return null
  }
  return [...texts].sort((a, b) => b.length - a.length)
}

/** @param said the request's words in lower case, each between two spaces */
function hideRuns(message: string, said: string): string {
  const words = message.split(/(\s+)/)
  const places = words.flatMap((word, at) => (splitWords(word).length > 0 ? [at] : []))
  const hidden = new Set<number>()
  for (let n = 0; n + WORDS <= places.length; n++) {
    const run = places.slice(n, n + WORDS)
    const text = run.flatMap((at) => splitWords(words[at] ?? "")).join(" ")
    if (said.includes(` ${text} `)) for (const at of run) hidden.add(at)
  }
  return words
    .map((word, at) => (hidden.has(at) ? HIDDEN : word))
    .join("")
    .replace(/\[…\](\s+\[…\])+/g, HIDDEN)
}

function splitWords(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}
