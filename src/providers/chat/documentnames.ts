// Names the documents of a Converse request: each has a name of its own, in Amazon's alphabet. Pure.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html

import type { Target } from "./family.ts"

const NAME_CHARS_MAX = 200

/** Names the documents of one request after their files. Other providers take any names, and get them unchanged. */
export function createDocumentNames({ dialect }: Target): (file: string | null) => string | null {
  if (dialect !== "converse") return (file) => file
  const taken = new Set<string>()
  return (file) => {
    const base = toAlphabet(file ?? "") || "document"
    let name = base
    for (let count = 2; taken.has(name.toLowerCase()); count++) {
      const end = ` ${count}`
      name = base.slice(0, NAME_CHARS_MAX - end.length).trim() + end
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
