// Prints the answer of a streamed call as it comes.
import type { Endpoint } from "../endpoints/endpoint.ts"
import { asRecord, asText } from "../values.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import { type Input, isSet } from "./input.ts"
import { harmless, inLine } from "./terminal.ts"

/** @returns the exit code */
export async function printStream(response: Response, endpoint: Endpoint, input: Input): Promise<number> {
  const { terminal } = input
  const id = response.headers.get("x-job-id")
  const again = id === null ? "" : `; its job is ${id}`
  let hasText = false
  let failure: string | null = null
  try {
    for await (const data of readEvents(response)) {
      if (isSet(input, "json")) {
        terminal.write(`${data}\n`)
      } else {
        const text = endpoint.toText?.(asRecord(parse(data))) ?? null
        if (text !== null) terminal.write(terminal.isTerminal ? harmless(text) : text)
        hasText ||= text !== null
      }
      failure ??= readFailure(parse(data))
    }
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError("unreachable", `the stream broke off (${(error as Error).message})${again}`)
  }
  if (hasText) terminal.write("\n")
  if (failure === null) return 0
  terminal.say(`the job failed: ${inLine(failure)}${again}`)
  return findCode("job_failed")
}

/** The data of each event of a stream; the sign of its end is none. */
async function* readEvents(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ""
  for await (const piece of response.body ?? []) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split(/\r?\n/)
    rest = lines.pop() ?? ""
    for (const line of lines) {
      if (line.startsWith("data:") && line.slice(5).trim() !== "[DONE]") yield line.slice(5).trim()
    }
  }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return null
  }
}

/** The message of an event that is an error. */
function readFailure(event: unknown): string | null {
  const { error, type, message, response } = asRecord(event)
  const inside = asRecord(error ?? asRecord(response)["error"])["message"]
  if (typeof inside === "string") return inside
  return type === "error" ? asText(message) || "no reason was given" : null
}
