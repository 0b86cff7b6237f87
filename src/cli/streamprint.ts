// Prints the answer of a streamed call as it comes.
import type { ClientType } from "../endpoints/clienttypes.ts"
import { asRecord, asText } from "../values.ts"
import { readEvents } from "./eventstream.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import { type Input, isSet } from "./input.ts"
import { inLine } from "./terminal.ts"

/** @returns the exit code */
export async function printStream(response: Response, type: ClientType, input: Input): Promise<number> {
  const { terminal } = input
  const id = response.headers.get("x-job-id")
  const again = id === null ? "" : `; its job is ${id}`
  let hasText = false
  let failure: string | null = null
  try {
    for await (const data of readEvents(response)) {
      if (isSet(input, "json")) {
        terminal.show(`${data}\n`)
      } else {
        const text = type.toText?.(asRecord(parse(data))) ?? null
        if (text !== null) terminal.show(text)
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
