// Checks all lines of a new batch before the first of them is run. Its errors are shown as OpenAI shows them.
import type { Batch } from "../../batches/batch.ts"
import { ERRORS_MAX, type InputLine, LINES_MAX, type LineError, readInputLine } from "../../batches/inputlines.ts"
import { readNamedConversation } from "../../endpoints/conversationid.ts"
import { getEndpoint } from "../../endpoints/endpoints.ts"
import { readResponseId } from "../../endpoints/responseid.ts"
import { GatewayError } from "../../errors.ts"
import { checkTarget, type Known } from "../intake/target.ts"
import { createPace, type LineOptions, measureLine, readRawLines } from "./batchlines.ts"

/** So many empty lines may stand at the end of a file: hundreds of megabytes of them would be read for nothing. */
const EMPTY_MAX = 1000

type Validated = { total: number; errors?: never } | { errors: LineError[] }

/** @returns how many lines there are, or what is wrong with the first of those that are wrong */
export async function validate(batch: Batch, options: LineOptions & Known): Promise<Validated> {
  const endpoint = getEndpoint(batch.requestType)
  const errors: LineError[] = []
  const customIds = new Set<string>()
  const pace = createPace(options)
  let total = 0
  /** Empty lines, which are right only at the end of the file. */
  let empty: LineError[] = []
  for await (const split of readRawLines(batch, options)) {
    await pace()
    const { line, error } = readInputLine(split, batch.url, measureLine(options))
    if (error && split.bytes?.every((byte) => byte <= 32) && empty.length < EMPTY_MAX) {
      empty.push(error)
      continue
    }
    errors.push(...empty)
    empty = []
    total = split.number
    if (total > LINES_MAX) {
      const message = `The file has more than ${LINES_MAX} lines, the most of one batch: split it.`
      return { errors: [{ code: "too_many_tasks", message, param: null, line: null }] }
    }
    if (error) errors.push(error)
    else {
      const found = checkModel(line.fields["model"], line.number) ?? refuseContinued(line)
      if (found) errors.push(found)
      if (customIds.has(line.customId)) {
        const message = `The custom_id ${JSON.stringify(line.customId)} is that of an earlier line: each line needs its own.`
        errors.push({ code: "duplicate_custom_id", message, param: "custom_id", line: line.number })
      }
      customIds.add(line.customId)
    }
    if (errors.length >= ERRORS_MAX) break
  }
  if (errors.length > 0) return { errors: errors.slice(0, ERRORS_MAX) }
  if (total > 0) return { total }
  return { errors: [{ code: "empty_file", message: "The file has no lines.", param: null, line: null }] }

  /** The lines of a batch run at any time and in any order, so that none is the next turn of another. */
  function refuseContinued({ number, fields }: InputLine): LineError | null {
    const { previous_response_id: previous, conversation } = fields
    const isContinued = typeof previous === "string" && readResponseId(previous) !== null
    if (!endpoint.isContinuable || !(isContinued || readNamedConversation(conversation) !== null)) return null
    const name = isContinued ? "previous_response_id" : "conversation"
    const message = `A line of a batch continues no response and no conversation of the gateway: send the whole conversation as input, without ${name}.`
    return { code: "invalid_request", message, param: `body.${name}`, line: number }
  }

  /** A model that nobody has would fail in every line that names it. */
  function checkModel(model: unknown, line: number): LineError | null {
    try {
      checkTarget(model, "model", endpoint, options)
      return null
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      const code = error.code === "unknown_provider" ? "model_not_found" : "invalid_request"
      return { code, message: error.message, param: "body.model", line }
    }
  }
}
