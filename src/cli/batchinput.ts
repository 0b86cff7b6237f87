// What a batch is made of: a file of OpenAI's lines as it is, or lines that are made of the rows of a table or of a text.
import { readFileSync } from "node:fs"
import { type ClientType, clientTypes } from "../endpoints/clienttypes.ts"
import { asRecord, asText } from "../values.ts"
import { CsvFault, readCsv } from "./csvrows.ts"
import { CommandError } from "./exitcodes.ts"
import { type Input, readMembers, readText } from "./input.ts"
import { findType, readValue } from "./submitcommand.ts"

interface BatchInput {
  /** JSON, a request a line. */
  file: Blob
  /** Ends with .jsonl, as the API wants it. */
  name: string
  /** As `/v1/chat/completions`. */
  endpoint: string
}

const MADE = /\.(csv|tsv|txt|text|md)$/i
const PREFIX = "/v1"

/**
 * @param path `-`: standard input, which is JSON lines
 * @throws {CommandError} usage
 */
export async function readBatchInput(path: string, input: Input): Promise<BatchInput> {
  const template = readText(input, "template")
  const isMade = MADE.test(path) || template !== null
  const base = path === "-" ? "batch" : path.replace(/^.*[/\\]/, "").replace(/\.\w+$/, "")
  const name = `${base}.jsonl`
  if (isMade) return { ...(await makeLines(path, template, input)), name }
  const own = ["model", "type", "idColumn"].find((flag) => readText(input, flag) !== null)
  if (own !== undefined || input.flags["set"] !== undefined) {
    throw new CommandError(
      "usage",
      `the lines of ${path} say everything themselves: --model, --type, --set and --id-column are for tables and texts (.csv, .tsv, .txt, or with --template)`,
    )
  }
  const file = path === "-" ? new Blob([await Bun.stdin.bytes()]) : Bun.file(path)
  return { file, name, endpoint: await readEndpoint(file, path) }
}

const FIRST_LINE_BYTES_MAX = 16 * 1024 * 1024

/** The endpoint of the first line. What is wrong with the others, the gateway says. */
async function readEndpoint(file: Blob, path: string): Promise<string> {
  let first: string
  try {
    first = (await file.slice(0, FIRST_LINE_BYTES_MAX).text()).replace(/^\ufeff/, "").split("\n", 1)[0] ?? ""
  } catch (error) {
    throw new CommandError("usage", `${path} cannot be read: ${(error as Error).message}`)
  }
  try {
    const url = asText(asRecord(JSON.parse(first))["url"])
    if (url !== "") return url
  } catch {}
  throw new CommandError(
    "usage",
    `the first line of ${path} is no request of a batch: write {"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{"model":"mock/echo","messages":[…]}}, or give a .csv or .txt`,
  )
}

async function makeLines(path: string, template: string | null, input: Input): Promise<Omit<BatchInput, "name">> {
  const type = readType(input)
  const model = readText(input, "model")
  if (model === null)
    throw new CommandError("usage", "there is no model: write -m provider/model; asyncgate models lists them")
  const set = Object.entries(readMembers(input, "set")).map(([name, value]) => [name, readValue(value)])
  const rows = readRows(path, await readWhole(path))
  const url = `${PREFIX}${type.path}`
  const idColumn = readText(input, "idColumn")
  const lines = rows.map((row, at) => {
    const text = fill(template, row, path)
    const body = { ...type.fromWords({ text, files: [] }), ...Object.fromEntries(set), model }
    const custom_id = idColumn === null ? `row-${at + 1}` : getColumn(row, idColumn, path)
    return `${JSON.stringify({ custom_id, method: "POST", url, body })}\n`
  })
  if (lines.length === 0) throw new CommandError("usage", `${path} has no rows`)
  return { file: new Blob(lines), endpoint: url }
}

function readType(input: Input): ClientType {
  const word = readText(input, "type")
  const type = word === null ? clientTypes.chat : findType(word)
  if (type?.forms[0] === "json") return type
  const able = Object.values<ClientType>(clientTypes).filter(({ forms }) => forms[0] === "json")
  const names = able.map(({ requestType }) => requestType).join(", ")
  throw new CommandError("usage", `--type ${JSON.stringify(word)} cannot be made of texts: write one of ${names}`)
}

async function readWhole(path: string): Promise<string> {
  try {
    return path === "-" ? await Bun.stdin.text() : readFileSync(path, "utf8")
  } catch (error) {
    throw new CommandError("usage", `${path} cannot be read: ${(error as Error).message}`)
  }
}

/** By the names of columns; a text has one, `text`, with a row for each line that is not empty. */
type Row = Map<string, string>

function readRows(path: string, text: string): Row[] {
  const separator = /\.csv$/i.test(path) ? "," : /\.tsv$/i.test(path) ? "\t" : null
  if (separator === null) {
    const lines = text.replace(/^\ufeff/, "").split(/\r?\n/)
    return lines.filter((line) => line.trim() !== "").map((line) => new Map([["text", line]]))
  }
  try {
    const [head = [], ...rows] = readCsv(text, separator)
    const uneven = rows.findIndex((row) => row.length !== head.length)
    if (uneven >= 0) {
      const count = `${rows[uneven]?.length} fields, but there are ${head.length} columns`
      throw new CommandError("usage", `row ${uneven + 1} of ${path} has ${count}: its first line names the columns`)
    }
    return rows.map((row) => new Map(head.map((name, at) => [name.trim(), row[at] ?? ""])))
  } catch (error) {
    if (error instanceof CsvFault) throw new CommandError("usage", `${path}: ${error.message}`)
    throw error
  }
}

/** @param template a text with `{{COLUMN}}`; null: the one column is the text */
function fill(template: string | null, row: Row, path: string): string {
  if (template !== null)
    return template.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (_, name: string) => getColumn(row, name, path))
  const [only, ...more] = row.values()
  if (only !== undefined && more.length === 0) return only
  throw new CommandError(
    "usage",
    `${path} has several columns (${[...row.keys()].join(", ")}): say with --template what is asked, as --template "Translate: {{${[...row.keys()][0]}}}"`,
  )
}

function getColumn(row: Row, name: string, path: string): string {
  const value = row.get(name)
  if (value !== undefined) return value
  throw new CommandError(
    "usage",
    `${path} has no column ${JSON.stringify(name)}: there is ${[...row.keys()].join(", ")}`,
  )
}
