// Removes from a message what it quotes from a request. Pure.

/** This many consecutive words that the message and the request share are a quotation; fewer may be coincidence. */
const WORDS = 3
/** Texts of the request that are shorter than this are not looked for in the message. */
const TEXT_CHARS_MIN = 3
const HIDDEN = "[…]"

/** @param request JSON text; where it is null or no JSON, it cannot be searched and the whole message is hidden */
export function hideQuotes(message: string, request: string | null): string {
  const texts = request === null ? null : listTexts(request)
  if (texts === null) return HIDDEN
  const whole = texts.reduce((rest, text) => rest.replaceAll(text, HIDDEN), message)
  return hideRuns(whole, ` ${texts.flatMap(splitWords).join(" ")} `)
}

/** Members whose values are words of the API and not of the caller. */
const plain = new Set(["model", "role", "type"])

/** All texts that the caller wrote into the request, the longest first; null where the request cannot be parsed. */
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
    // The text is not JSON, or is nested too deeply.
    return null
  }
  return [...texts].sort((a, b) => b.length - a.length)
}

/** Hides the runs of words that the request has too. @param said the request's words in lower case, each between two spaces */
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
