// Names the documents of a Converse request: each has a name of its own, in Amazon's alphabet. Pure.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html

import type { Target } from "./family.ts"

const NAME_CHARS_MAX = 200
/** The room for the number that tells two alike names apart. */
const NUMBER_CHARS = 8

/** Names the documents of one request after their files. Other providers take any names, and get them unchanged. */
export function createDocumentNames({ dialect }: Target): (file: string | null) => string | null {
  if (dialect !== "converse") return (file) => file
  const taken = new Set<string>()
  /** A beginning that several share -> the number of the last of them. */
  const counts = new Map<string, number>()
  return (file) => {
    const base = toAlphabet(file ?? "") || "document"
    const stem = base.slice(0, NAME_CHARS_MAX - NUMBER_CHARS).trim()
    let name = base
    while (taken.has(name.toLowerCase())) {
      const count = (counts.get(stem.toLowerCase()) ?? 1) + 1
      counts.set(stem.toLowerCase(), count)
      name = `${stem} ${count}`
    }
    taken.add(name.toLowerCase())
    return name
  }
}

/** Letters and digits of English, single spaces, hyphens, parentheses and square brackets. The file's ending is told as its format. */
function toAlphabet(file: string): string {
  return file
    .replace(/\.[^.]*$/, "")
    .replace(/[^a-zA-Z0-9\s()[\]-]+/g, "-")
    .replace(/\s+/g, " ")
    .slice(0, NAME_CHARS_MAX)
    .replace(/^[\s-]+|[\s-]+$/g, "")
}
