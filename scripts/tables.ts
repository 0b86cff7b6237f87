// The tables and commands of the documents that the code knows. `bun run tables` writes them; a test keeps documents and code equal.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import pkg from "../package.json" with { type: "json" }
import { exitCodes } from "../src/cli/exitcodes.ts"
import { spell, spellFlag } from "../src/cli/help.ts"
import { clientFlags, rows as commands } from "../src/cli/table.ts"
import { flags } from "../src/config/flags.ts"
import { findJobsPath } from "../src/endpoints/clienttypes.ts"
import { type DescribedEndpoint, described } from "../src/endpoints/endpoint.ts"
import { endpoints } from "../src/endpoints/endpoints.ts"
import { bifrost } from "../src/http/dialects/bifrost.ts"
import { rules } from "../src/jobs/retryrules.ts"
import type { EndpointSupport, Row } from "../src/providers/provider.ts"
import { rows } from "../src/providers/registry.ts"
import { withTranslations } from "../src/providers/settings.ts"
import { readDocument, root } from "../test/documents.ts"
import { listCarried } from "./carried.ts"
import { MANUAL, makeManual } from "./manpage.ts"

export const table = (head: string[], body: string[][]) =>
  [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

/** A bar would end the cell of a table. */
const escapeBar = (text: string) => text.replaceAll("|", "\\|")
const code = (text: string) => `\`${escapeBar(text)}\``

/** `✓`: passed through; `n`: in a form of the provider's own; `t`: translated into what it serves. */
function served(way: EndpointSupport | undefined): string {
  if (way === undefined) return ""
  if (way.via !== undefined) return "t"
  return way.adapter === "raw" || way.adapter === "mock" ? "✓" : "n"
}

/** The command that submits the example of a request type. A form sends the README for its file. */
function submitCommand(endpoint: DescribedEndpoint): string {
  const { forms, example, parts = {} } = endpoint
  const url = `http://127.0.0.1:8080${bifrost.prefix}${findJobsPath(endpoint)}`
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
  if (forms[0] === "json")
    return `curl -s ${url} -H 'content-type: application/json' \\\n  -d ${quote(JSON.stringify(example))}`
  const texts = Object.entries(example).filter(([name]) => !(name in parts))
  const [file = ""] = Object.keys(parts)
  const fields = [...texts.map(([name, value]) => quote(`${name}=${value}`)), `${file}=@README.md`]
  return `curl -s ${url} ${fields.map((field) => `-F ${field}`).join(" ")}`
}

/** The variables that may hold the key, in the order in which they are looked for. */
function listKeys({ keyVariable, keyVariables }: Row): string {
  if (keyVariable === null) return "none"
  return (keyVariables ?? [keyVariable]).map((name) => `\`${name.replace(":AWS_SESSION_TOKEN?", "")}\``).join(" ")
}

interface Table {
  document: string
  make(): string
}

/** By the name of their markers. */
const tables: Record<string, Table> = {
  submits: {
    document: "README.md",
    make: () => ["```sh", ...endpoints.map(described).map(submitCommand), "```"].join("\n"),
  },
  matrix: {
    document: "docs/providers.md",
    make: () => {
      const caveats = [...new Set(Object.values(rows).flatMap(({ caveat }) => caveat ?? []))]
      const mark = (text: string | undefined) => (text === undefined ? "" : `[^${caveats.indexOf(text) + 1}]`)
      const matrix = table(
        [
          "provider",
          ...endpoints.map((endpoint) => `\`${bifrost.prefix}${findJobsPath(endpoint)}\``),
          "key",
          "address",
          "its variable",
        ],
        Object.entries(rows).map(([name, row]) => [
          (name === "mock" ? name : `[${name}](#${name})`) + mark(row.caveat),
          ...endpoints.map(({ requestType }) => served(withTranslations(row.endpoints)[requestType])),
          listKeys(row),
          row.baseUrl === "" ? (name === "mock" ? "built in" : "your own") : `\`${row.baseUrl}\``,
          (row.addressVariables ?? []).map((variable) => `\`${variable.name}\``).join(" "),
        ]),
      )
      return [matrix, ...caveats.map((text) => `${mark(text)}: ${text[0]?.toUpperCase()}${text.slice(1)}.`)].join(
        "\n\n",
      )
    },
  },
  carried: { document: "docs/providers.md", make: listCarried },
  retries: {
    document: "docs/jobs.md",
    make: () =>
      table(
        ["an attempt ends with", "what becomes of the job"],
        rules.map(({ when, effect }) => [when, effect]),
      ),
  },
  commands: {
    document: "docs/commands.md",
    make: () =>
      table(
        ["command", "what it does", "its flags", "for example"],
        commands.map((row) => [
          code(`asyncgate ${spell(row)}`),
          row.summary,
          row.flags.map(({ text, ...flag }) => `${code(spellFlag({ ...flag, text }))} ${escapeBar(text)}`).join("<br>"),
          row.examples.map((example) => code(`asyncgate ${example}`)).join("<br>"),
        ]),
      ),
  },
  clientflags: {
    document: "docs/commands.md",
    make: () =>
      table(
        ["flag", "what it does"],
        clientFlags.map((flag) => [code(spellFlag(flag)), flag.text]),
      ),
  },
  exitcodes: {
    document: "docs/commands.md",
    make: () =>
      table(
        ["code", "meaning"],
        exitCodes.map(({ code, means }) => [String(code), means]),
      ),
  },
  flags: {
    document: "docs/configuration.md",
    make: () =>
      table(
        ["flag", "variable", "what it sets"],
        flags.map(({ name, variable, text }) => [`\`--${name}\``, `\`${variable}\``, text]),
      ),
  },
}

/** The documents with generated tables, and the manual page, as they should be: path -> text. */
export function makeDocuments(): Record<string, string> {
  const made: Record<string, string> = { [MANUAL]: makeManual(pkg.version) }
  for (const [name, { document, make }] of Object.entries(tables)) {
    made[document] = replaceBlock(made[document] ?? readDocument(document), name, make())
  }
  return made
}

/**
 * A text with `content` between the two markers of this name.
 * @throws when the markers are missing
 */
export function replaceBlock(text: string, name: string, content: string): string {
  const between = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`)
  if (!between.test(text))
    throw new Error(`there is no place for ${name}: write <!-- ${name} --> and <!-- /${name} -->`)
  return text.replace(between, (_, open, close) => `${open}${content}\n${close}`)
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(makeDocuments())) writeFileSync(join(root, path), text)
}
