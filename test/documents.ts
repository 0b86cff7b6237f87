// The documents: which there are, and what a test reads in them.
import { readFileSync } from "node:fs"
import { join } from "node:path"

export const root = join(import.meta.dir, "..")

/** Paths below the root. */
export const documents = ["*.md", "docs/**/*.md"].flatMap((glob) => [...new Bun.Glob(glob).scanSync(root)]).sort()

/** Those for whoever uses the program or works on it. */
export const manuals = documents.filter((path) => /^(README|CONTRIBUTING|docs\/[^/]+)\.md$/.test(path))

export function readDocument(path: string): string {
  return readFileSync(join(root, path), "utf8")
}

/** The fenced blocks of a language, in their order. */
export function readBlocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    (match) => match[1] ?? "",
  )
}

/** The commands of all shell blocks, one a line, continued lines joined. */
export function readCommands(text: string): string[] {
  return readBlocks(text, "sh")
    .flatMap((block) => block.replaceAll("\\\n", " ").split("\n"))
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
}

/** The targets of all links, without those in code. */
export function readLinks(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, "")
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "")
}

/** The fragments by which its headings can be linked to, as GitHub makes them. */
export function readAnchors(text: string): string[] {
  const headings = [...text.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ (.*)$/gm)].map(
    (match) => match[1] ?? "",
  )
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  )
}

/** The rows of the table whose first column has this heading, each by the headings of its columns. */
export function readTable(text: string, first: string): Record<string, string>[] {
  const lines = text.split("\n")
  const from = lines.findIndex((line) => line.startsWith(`| ${first} |`))
  const readCells = (line = "") =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim())
  const headings = readCells(lines[from])
  const end = lines.findIndex((line, at) => at > from && !line.startsWith("|"))
  return lines.slice(from + 2, end).map((line) => {
    const cells = readCells(line)
    return Object.fromEntries(headings.map((heading, at) => [heading, cells[at] ?? ""]))
  })
}
