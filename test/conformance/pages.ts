// What the compiler judges: a page for each official type, with a line for each value that is to be of it.
import { check } from "./compiler.ts"
import { FILE } from "./literals.ts"

export interface Line {
  /** The row it belongs to. */
  provider: string
  /** Which case it is, or which excuse it is for. */
  label: string
  is: "expected to fit" | "excused" | "with an unknown member"
  /** A value, as TypeScript. */
  text: string
  /** What the compiler says of it. */
  findings: string[]
}

export interface Page {
  head: string[]
  lines: Line[]
}

/** name of the file -> page */
export type Pages = Map<string, Page>

/** The page of this name, which is begun with a type of a module: the type calls the module `sdk`. */
export function turnTo(pages: Pages, name: string, module: string, type: string): Page {
  const head = [
    `import type * as sdk from ${JSON.stringify(module)}`,
    `import type { Partly, Snaked, Wire } from "./wire.ts"`,
    `declare const ${FILE}: any`,
    `type Value = Wire<${type.replaceAll("\n", " ")}>`,
  ]
  const page = pages.get(name) ?? { head, lines: [] }
  pages.set(name, page)
  return page
}

/** Writes the findings into the lines. A line with an unknown member is added to each page. */
export async function judge(pages: Pages): Promise<void> {
  for (const [name, { lines }] of pages) {
    const { provider = "", text = "{}" } = lines[0] ?? {}
    const unknown = { provider, label: name, is: "with an unknown member", findings: [] } as const
    lines.push({ ...unknown, findings: [], text: `{ a_member_of_tomorrow: 1, ...${text} }` })
  }
  const sources = [...pages].map(([name, { head, lines }]) => [
    name,
    [...head, ...lines.map(({ text }, at) => `export const value${at}: Value = ${text}`)].join("\n"),
  ])
  for (const { file, line, message } of await check(Object.fromEntries(sources))) {
    const { head = [], lines = [] } = pages.get(file) ?? {}
    const found = lines[line - 1 - head.length]
    if (!found) throw new Error(`${file}(${line}): ${message}`)
    found.findings.push(message)
  }
}
