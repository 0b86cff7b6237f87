// The help texts, made from the table of commands.
import { exitCodes } from "./exitcodes.ts"
import type { Flag } from "./flag.ts"
import { clientFlags, type Row, rows } from "./table.ts"

const LEFT_CHARS = 28

/** What `asyncgate --help` prints. @param appDir where the data is by default */
export function describeAll(appDir: string): string {
  const [serve] = rows
  return [
    "asyncgate: a local gateway that turns AI inference requests into durable jobs.",
    "",
    "usage: asyncgate [flags]                  start the gateway",
    ...rows.map((row) => `       asyncgate ${spell(row).padEnd(LEFT_CHARS)} ${row.summary}`),
    "",
    "flags of the gateway:",
    ...(serve?.flags ?? []).map(describeFlag),
    "  --help, --version",
    "",
    "Each command tells more: asyncgate submit --help. How they end: asyncgate help exit-codes",
    `Configuration is read from config.json in the app directory (here ${appDir}); none is needed.`,
  ].join("\n")
}

/** What `asyncgate COMMAND --help` prints. */
export function describeRow(row: Row): string {
  return [
    `asyncgate ${spell(row)}: ${row.summary}`,
    "",
    ...row.examples.map((example) => `  asyncgate ${example}`),
    ...(row.examples.length > 0 ? [""] : []),
    ...listFlags(row).map(describeFlag),
    "",
    "How it can end: asyncgate help exit-codes",
    "",
  ].join("\n")
}

/** What `asyncgate config --help` prints: the commands that begin with the word. */
export function describeGroup(word: string): string {
  const group = rows.filter(({ words }) => words.startsWith(`${word} `))
  return [
    ...group.map((row) => `asyncgate ${spell(row).padEnd(LEFT_CHARS)} ${row.summary}`),
    "",
    `Each tells more: asyncgate ${group[0]?.words} --help`,
    "",
  ].join("\n")
}

/** What `asyncgate help exit-codes` prints. */
export function describeExitCodes(): string {
  return exitCodes.map(({ code, means }) => `${String(code).padStart(3)}  ${means}\n`).join("")
}

/** The words of the commands that begin with this one. */
export function listGroup(word: string): string[] {
  return rows.filter(({ words }) => words.startsWith(`${word} `)).map(({ words }) => words)
}

/** All flags that a command takes. */
export function listFlags({ flags, isLocal, run }: Row): readonly Flag[] {
  return isLocal || run === null ? flags : [...flags, ...clientFlags]
}

/** The words of a command with its arguments. */
export function spell({ words, arguments: given }: Row): string {
  return given === "" ? words : `${words} ${given}`
}

export function spellFlag({ short, name, value }: Flag): string {
  const long = value === undefined ? name : value.startsWith("[") ? `${name}${value}` : `${name} ${value}`
  return short === undefined ? long : `${short}, ${long}`
}

function describeFlag(flag: Flag): string {
  return `  ${spellFlag(flag).padEnd(LEFT_CHARS)} ${flag.text}${flag.isList ? "; may be repeated" : ""}`
}
