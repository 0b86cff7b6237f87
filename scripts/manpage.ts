// The manual page docs/asyncgate.1, made from the table of commands. `bun run tables` writes it.
import { exitCodes } from "../src/cli/exitcodes.ts"
import type { Flag } from "../src/cli/flag.ts"
import { spell, spellFlag } from "../src/cli/help.ts"
import { clientFlags, type Row, rows } from "../src/cli/table.ts"

export const MANUAL = "docs/asyncgate.1"

/** When the form of the page was last changed. */
const DATE = "2026-12-01"
const LINE_CHARS = 78

/** The page in the macros of man(7). */
export function makeManual(version: string): string {
  const [serve, ...commands] = rows
  return [
    '.\\" Made by `bun run tables` from the table of commands.',
    `.TH ASYNCGATE 1 "${DATE}" "asyncgate ${version}" "User Commands"`,
    ".SH NAME",
    "asyncgate \\- a local gateway that turns AI inference requests into durable jobs",
    ".SH SYNOPSIS",
    ".B asyncgate",
    "[\\fIflags\\fR]",
    ".br",
    ".B asyncgate",
    "\\fIcommand\\fR [\\fIflags\\fR]",
    ".SH DESCRIPTION",
    say("Without a command it starts the gateway."),
    say("Most other commands are clients of one that runs: they find that of the app directory by themselves."),
    ...(serve?.flags ?? []).flatMap(writeFlag),
    ".SH COMMANDS",
    ...commands.flatMap(writeCommand),
    ".SH FLAGS OF EVERY COMMAND THAT ASKS A GATEWAY",
    ...clientFlags.flatMap(writeFlag),
    ".SH EXIT STATUS",
    ...exitCodes.flatMap(({ code, means }) => [".TP", `.B ${code}`, say(means)]),
    ".SH ENVIRONMENT",
    ...variables.flatMap(([name, text]) => [".TP", `.B ${name}`, say(text)]),
    "",
  ].join("\n")
}

const variables = [
  ["ASYNCGATE_URL", "the gateway's address, in place of that of the app directory"],
  ["ASYNCGATE_TOKEN", "a virtual key or the admin token"],
  ["APP_DIR", "the app directory"],
  ["ASYNCGATE_COMPLETION_MS", "how long completion waits for the gateway at Tab, in milliseconds (default 300)"],
  ["NO_COLOR, FORCE_COLOR, TERM, CI", "whether there are colours, progress and questions"],
] as const

function writeCommand(row: Row): string[] {
  return [
    ".TP",
    `.B asyncgate ${writeText(spell(row))}`,
    say(`${row.summary}.`),
    ".RS",
    ...row.flags.flatMap(writeFlag),
    ...(row.examples.length === 0
      ? []
      : [
          ".PP",
          "For example:",
          ".PP",
          ".nf",
          ...row.examples.map((example) => `    asyncgate ${writeText(example)}`),
          ".fi",
        ]),
    ".RE",
  ]
}

function writeFlag(flag: Flag): string[] {
  return [".TP", `.B ${writeText(spellFlag(flag))}`, say(`${flag.text}${flag.isList ? "; may be repeated" : ""}`)]
}

/** Lines of text. One that begins with a full stop or a quote would be a request to the formatter. */
function say(text: string): string {
  const lines = [""]
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? ""
    if (line !== "" && line.length + word.length >= LINE_CHARS) lines.push(word)
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`
  }
  return lines.map((line) => writeText(line).replace(/^(?=[.'])/, "\\&")).join("\n")
}

/** https://man.openbsd.org/mandoc_char.7 */
function writeText(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("`", "\\(ga")
    .replaceAll("'", "\\(aq")
    .replaceAll('"', "\\(dq")
}
