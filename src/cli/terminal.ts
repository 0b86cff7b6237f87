// What a command prints, and how a terminal shows it: answers on standard output, messages on standard error.
import { isatty } from "node:tty"
import type { Env } from "../config/variables.ts"
import { writeWaiting } from "../process/output.ts"
import { CommandError } from "./exitcodes.ts"

export interface Terminal {
  /** Whether answers are shown on a terminal. */
  isTerminal: boolean
  /** Whether the terminal can move its cursor: a line may be drawn again. */
  canRedraw: boolean
  /** Whether a question can be asked and answered. */
  canAsk: boolean
  /** The columns of a line. */
  width: number
  /** Writes to standard output. @throws {CommandError} no_reader, failed */
  write(text: string | Uint8Array): void
  /** Writes a line to standard error, if anybody reads it. */
  say(line: string): void
  /** Shows how far something is: one line that is drawn again, and nothing where messages go to no terminal. Empty: takes it away. */
  progress(line: string): void
  paint(text: string, colour: keyof typeof colours): string
}

const colours = { red: 31, green: 32, yellow: 33, cyan: 36, grey: 90 } as const
const WIDTH_USUAL = 80

export function openTerminal(env: Env): Terminal {
  const isTerminal = isatty(1)
  const isDumb = env["TERM"] === "dumb"
  const canRedraw = isatty(2) && !isDumb && !env["CI"]
  const isColoured = env["FORCE_COLOR"] ? env["FORCE_COLOR"] !== "0" : isTerminal && !isDumb && !env["NO_COLOR"]
  let isDrawn = false

  function progress(line: string): void {
    if (!canRedraw || (line === "" && !isDrawn)) return
    isDrawn = line !== ""
    writeError(`\r\u001b[K${line}`)
  }

  return {
    isTerminal,
    canRedraw,
    canAsk: isatty(0) && isatty(2) && !env["CI"],
    width: isTerminal ? process.stdout.columns || WIDTH_USUAL : Number.POSITIVE_INFINITY,
    write(text) {
      progress("")
      writeAnswer(text)
    },
    say(line) {
      progress("")
      writeError(`${line}\n`)
    },
    progress,
    paint: (text, colour) => (isColoured ? `\u001b[${colours[colour]}m${text}\u001b[39m` : text),
  }
}

function writeAnswer(text: string | Uint8Array): void {
  try {
    writeWaiting(1, text)
  } catch (error) {
    if ((error as { code?: unknown }).code === "EPIPE") throw new CommandError("no_reader", "")
    throw new CommandError("failed", `standard output cannot be written (${(error as Error).message})`)
  }
}

/** A command does its work even where nobody reads its messages. */
function writeError(text: string): void {
  try {
    writeWaiting(2, text)
  } catch {}
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** A text of somebody else as it may be shown: without what a terminal would obey. */
export function harmless(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
}

/** The same on one line. */
export function inLine(text: string): string {
  return harmless(text).replace(/[\n\t]+/g, " ")
}

/** A table whose columns are as wide as what is in them. The last one is cut where the line ends. */
export function layOut(head: readonly string[], rows: readonly (readonly string[])[], width: number): string {
  const all = [head, ...rows.map((row) => row.map(inLine))]
  const widths = head.map((_, column) => Math.max(...all.map((row) => Bun.stringWidth(row[column] ?? ""))))
  return all.map((row) => `${cutLine(joinCells(row, widths), width)}\n`).join("")
}

function joinCells(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - Bun.stringWidth(cell))))
    .join("  ")
    .trimEnd()
}

function cutLine(line: string, width: number): string {
  if (Bun.stringWidth(line) <= width) return line
  let cut = ""
  for (const character of line) {
    if (Bun.stringWidth(cut + character) >= width) break
    cut += character
  }
  return `${cut}…`
}
