// Prints the answer of a streamed call as it comes. Where the gateway ends in the middle, its job goes on after the restart, and so does this.
import type { ClientType } from "../endpoints/clienttypes.ts"
import { asRecord, asText } from "../values.ts"
import { printAnswer } from "./answers.ts"
import { readEvents } from "./eventstream.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import type { Gateway } from "./gatewayclient.ts"
import { type Input, isSet } from "./input.ts"
import { waitForEnd } from "./jobcalls.ts"
import { BodyBroken } from "./pieces.ts"
import { inLine } from "./terminal.ts"

/** @returns the exit code */
export async function printStream(
  response: Response,
  type: ClientType,
  gateway: Gateway,
  input: Input,
): Promise<number> {
  const { terminal } = input
  const isJson = isSet(input, "json")
  const id = response.headers.get("x-job-id")
  const again = id === null ? "" : `; its job is ${id}`
  let printed = ""
  let failure: string | null = null
  try {
    for await (const data of readEvents(response)) {
      const event = asRecord(parse(data))
      if (isShutDown(event)) throw new BodyBroken("the gateway has stopped")
      failure ??= readFailure(event)
      const text = isJson ? `${data}\n` : (type.toText?.(event) ?? "")
      if (text !== "") terminal.show(text)
      printed += text
    }
  } catch (error) {
    if (!(error instanceof BodyBroken)) throw error
    const what = `the stream broke off (${error.message})`
    if (id === null) throw new CommandError("unreachable", what)
    return goOn(what, { id, printed, isJson }, gateway, input)
  }
  if (printed !== "" && !isJson) terminal.write("\n")
  if (failure === null) return 0
  terminal.say(`the job failed: ${inLine(failure)}${again}`)
  return findCode("job_failed")
}

/** Waits for the end of the job, and prints what is not printed of its answer. */
async function goOn(
  what: string,
  { id, printed, isJson }: { id: string; printed: string; isJson: boolean },
  gateway: Gateway,
  input: Input,
): Promise<number> {
  const { terminal } = input
  const isQuiet = isSet(input, "quiet")
  if (!isQuiet) terminal.say(`${what}; job ${id} goes on, and its answer is waited for`)
  await waitForEnd(id, null, gateway, true)
  return printAnswer(id, gateway, terminal, { file: null, index: 0, isJson, isQuiet, printed: isJson ? "" : printed })
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return null
  }
}

/** Whether the gateway says that it stops. Its job goes on at the next start. */
function isShutDown({ error, code }: Record<string, unknown>): boolean {
  return code === "shutting_down" || asRecord(error)["code"] === "shutting_down"
}

/** The message of an event that is an error. */
function readFailure({ error, type, message, response }: Record<string, unknown>): string | null {
  const inside = asRecord(error ?? asRecord(response)["error"])["message"]
  if (typeof inside === "string") return inside
  return type === "error" ? asText(message) || "no reason was given" : null
}
