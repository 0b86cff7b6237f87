// The README's tables that the code knows. `bun run tables` writes them; a test holds README and code equal.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { endpoints } from "../src/endpoints/table.ts"
import { flags } from "../src/flags.ts"
import { rules } from "../src/jobs/transitions.ts"
import { rows } from "../src/providers/rows.ts"
import { withTranslations } from "../src/providers/settings.ts"
import type { Way } from "../src/providers/table.ts"

export const readmePath = join(import.meta.dir, "../README.md")

export const table = (head: string[], body: string[][]) =>
  [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

/** `✓`: passed through; `n`: in a form of the provider's own; `t`: translated into what it serves. */
function served(way: Way | undefined): string {
  if (way === undefined) return ""
  if (way.via !== undefined) return "t"
  return way.adapter === "raw" || way.adapter === "mock" ? "✓" : "n"
}

const tables: Record<string, () => string> = {
  matrix: () =>
    table(
      ["provider", ...endpoints.map(({ path }) => `\`${path}\``), "key", "address"],
      Object.entries(rows).map(([name, row]) => [
        name,
        ...endpoints.map(({ requestType }) => served(withTranslations(row.ways)[requestType])),
        row.keyVariable === null ? "none" : `\`${row.keyVariable}\``,
        row.baseUrl === "" ? (name === "mock" ? "built in" : "your own") : `\`${row.baseUrl}\``,
      ]),
    ),
  retries: () =>
    table(
      ["an attempt ends with", "what becomes of the job"],
      rules.map(({ when, effect }) => [when, effect]),
    ),
  flags: () =>
    table(
      ["flag", "variable", "what it sets"],
      flags.map(({ name, variable, text }) => [`\`--${name}\``, `\`${variable}\``, text]),
    ),
}

/** The README as it should be. */
export function withTables(readme: string): string {
  return Object.entries(tables).reduce((text, [name, make]) => placed(text, name, make()), readme)
}

/** A text with another one between two markers of this name. */
export function placed(text: string, name: string, content: string): string {
  const between = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`)
  if (!between.test(text))
    throw new Error(`README.md has no place for ${name}: it needs <!-- ${name} --> and <!-- /${name} -->`)
  return text.replace(between, (_, open, close) => `${open}${content}\n${close}`)
}

if (import.meta.main) writeFileSync(readmePath, withTables(readFileSync(readmePath, "utf8")))
