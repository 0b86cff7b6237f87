// What a command prints, and how a terminal shows it: answers on standard output, messages on standard error.
import { fstatSync, readSync } from "node:fs"
import type { Env } from "../config/variables.ts"
import { isDiscarded, writeWaiting } from "../process/output.ts"
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
  /** Writes what others have written, as a model's name in JSON: on a terminal without what it would obey. @throws as `write` */
  show(text: string): void
  /** Asks on standard error, and waits for a line that begins with y. Only where a question can be asked. */
  confirm(question: string): boolean
  /** Writes a line to standard error, if anybody reads it. */
  say(line: string): void
  /** Shows how far something is: one line that is drawn again, and nothing where messages go to no terminal. Empty: takes it away. */
  progress(line: string): void
  paint(text: string, colour: keyof typeof colours): string
}

const colours = { red: 31, green: 32, yellow: 33, cyan: 36, grey: 90 } as const
const WIDTH_USUAL = 80
const ROWS_USUAL = 24

/** The major numbers of the devices behind /dev/pts. https://www.kernel.org/doc/Documentation/admin-guide/devices.txt */
const PTS_FIRST = 136
const PTS_LAST = 143

/** Whether it is a terminal. The module that knows takes 10 ms to load, and is asked only where the device does not tell. */
function isTerminalAt(descriptor: 0 | 1 | 2): boolean {
  if (descriptor !== 0 && isDiscarded(descriptor)) return false
  try {
    const status = fstatSync(descriptor)
    if (!status.isCharacterDevice()) return false
    const major = (status.rdev >> 8) & 0xfff
    if (process.platform === "linux" && major >= PTS_FIRST && major <= PTS_LAST) return true
  } catch {
    return false
  }
  return process.getBuiltinModule("node:tty").isatty(descriptor)
}

export function openTerminal(env: Env): Terminal {
  const isTerminal = isTerminalAt(1)
  const isDumb = env["TERM"] === "dumb"
  const canRedraw = isTerminalAt(2) && !isDumb && !env["CI"]
  const isColoured = env["FORCE_COLOR"] ? env["FORCE_COLOR"] !== "0" : isTerminal && !isDumb && !env["NO_COLOR"]
  let isDrawn = false

  function progress(line: string): void {
    if (!canRedraw || (line === "" && !isDrawn)) return
    isDrawn = line !== ""
    // A line that is longer than the terminal could not be taken away again.
    writeError(`\r\u001b[K${cutLine(inLine(line), process.stderr.columns || WIDTH_USUAL)}`)
  }

  function write(text: string | Uint8Array): void {
    progress("")
    writeAnswer(text)
  }

  return {
    isTerminal,
    canRedraw,
    get canAsk() {
      return isTerminalAt(2) && !env["CI"] && isTerminalAt(0)
    },
    // Not before it is asked: the stream that knows takes as long as all else.
    get width() {
      return isTerminal ? process.stdout.columns || WIDTH_USUAL : Number.POSITIVE_INFINITY
    },
    write,
    show: (text) => write(isTerminal ? harmless(text) : text),
    confirm(question) {
      progress("")
      writeError(`${harmless(question)} [y/N] `)
      return /^\s*y/i.test(readLine())
    },
    say(line) {
      progress("")
      writeError(`${line}\n`)
    },
    progress,
    paint: (text, colour) => (isColoured ? `\u001b[${colours[colour]}m${text}\u001b[39m` : text),
  }
}

const stateColours: Record<string, keyof typeof colours> = {
  succeeded: "green",
  failed: "red",
  cancelled: "yellow",
  running: "cyan",
}

/** The name of a job's state in its colour. */
export function paintState(state: string, terminal: Terminal): string {
  const colour = stateColours[state]
  return colour === undefined ? state : terminal.paint(state, colour)
}

/** How large the terminal is at this moment. */
export function readSize(): { columns: number; rows: number } {
  const [columns, rows] = process.stdout.getWindowSize?.() ?? []
  return { columns: columns || WIDTH_USUAL, rows: rows || ROWS_USUAL }
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

/** A line that is typed on standard input; empty where there is none. */
function readLine(): string {
  const piece = Buffer.alloc(256)
  let line = ""
  while (!line.includes("\n")) {
    const count = readSync(0, piece)
    if (count === 0) break
    line += piece.toString("utf8", 0, count)
  }
  return line
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

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

/** The beginning of a line that is longer than the terminal is wide. */
export function cutLine(line: string, width: number): string {
  if (Bun.stringWidth(line) <= width) return line
  let cut = ""
  for (const character of line) {
    if (Bun.stringWidth(cut + character) >= width) break
    cut += character
  }
  return `${cut}…`
}
