// What the comments above the rows say of their sources.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../documents.ts"

const directory = join(root, "src/providers/rows")

/** The lines of each file, after its default date of reading. */
const files = readdirSync(directory).map((name) => {
  const lines = readFileSync(join(directory, name), "utf8").split("\n")
  return { lines, readOn: lines.map((line) => /^\/\/ Read on (\d{4}-\d\d-\d\d)/.exec(line)?.[1]).find(Boolean) }
})

/** Registries that comments name by a word, as src/providers/registry.ts explains. */
const registries: Readonly<Record<string, string>> = {
  "models.dev": "https://github.com/anomalyco/models.dev/blob/dev/providers/NAME/provider.toml",
  LiteLLM: "https://github.com/BerriAI/litellm/blob/main/litellm/llms/NAME",
  Bifrost: "https://docs.getbifrost.ai/providers/supported-providers/NAME",
}

export interface Sources {
  /** The whole comment. */
  comment: string
  links: string[]
  /** When the sources were last read. Undefined: nothing says it. */
  readOn: string | undefined
}

/** The comment above a row, or above the rows that stand with it. */
export function readSources(name: string): Sources {
  const isRow = (line: string) => line.startsWith(`  ${name}: `) || line.startsWith(`  "${name}": `)
  const { lines = [], readOn } = files.find((file) => file.lines.some(isRow)) ?? {}
  let at = lines.findIndex(isRow) - 1
  while (/^ {2}\S+: \w+,$/.test(lines[at] ?? "")) at--
  const last = at
  while (/^ {2}\/\/ /.test(lines[at] ?? "")) at--
  const comment = lines.slice(at + 1, last + 1).join("\n")
  const dates = [...comment.matchAll(/(?:\bread |\()(\d{4}-\d\d-\d\d)/g)].map((match) => match[1] ?? "")
  return { comment, links: listLinks(comment, name), readOn: dates.sort().at(-1) ?? readOn }
}

function listLinks(comment: string, name: string): string[] {
  const links = [...comment.matchAll(/https?:\/\/[^\s,;)]+\.[^\s,;)]+/g)].map(([link]) => link.replace(/[:.]$/, ""))
  const named = [...comment.matchAll(/\b(models\.dev|LiteLLM|Bifrost)(?: ([a-z][\w./-]*))?/g)].map(
    ([, registry = "", entry = name]) => (registries[registry] ?? "").replace("NAME", entry.replace(/\.$/, "")),
  )
  // A host alone is an address that is called, and no document.
  return [...new Set([...links, ...named])].filter((link) => new URL(link).pathname !== "/")
}
