// The command wipe: deletes all responses and all conversations that its caller may see.
import { agree, describeOperation, findOperationCode, follow, sendBulk } from "./changecommands.ts"
import { findCode } from "./exitcodes.ts"
import { openGateway } from "./gatewayclient.ts"
import { type Input, isSet } from "./input.ts"

const DELETION = { action: "delete", filter: { type: "responses" } }
/** How long the gateway may take to delete the conversations: it answers when all of them are gone. */
const DELETION_MS_MAX = 600_000

/** @returns the exit code @throws {CommandError} usage, failed, denied, unreachable */
export async function run(input: Input): Promise<number> {
  const { terminal } = input
  const gateway = openGateway(input)
  const isJson = isSet(input, "json")
  const counted = (await sendBulk({ ...DELETION, count_only: true }, gateway)).value
  const { count } = counted
  const what = `${count} response${count === 1 ? "" : "s"} and all conversations`
  if (isSet(input, "dryRun")) {
    terminal.write(isJson ? `${JSON.stringify({ responses: counted })}\n` : `${what} would be deleted\n`)
    return Number.isNaN(Number(count)) ? findCode("failed") : 0
  }
  agree(what, "deleted", input)
  const started = await sendBulk(DELETION, gateway)
  const responses = (await follow(started.value, "responses", "deleted", gateway, input)).value
  // Also where a response could not be deleted: whoever wipes wants as much as possible to be gone.
  const conversations = (await gateway.read("/v1/conversations", { method: "DELETE", withinMs: DELETION_MS_MAX })).value
  const { deleted } = conversations
  if (isJson) terminal.show(`${JSON.stringify({ responses, conversations })}\n`)
  else {
    terminal.write(`${describeOperation(responses, "response", "deleted")}\n`)
    terminal.write(`${deleted} conversation${deleted === 1 ? "" : "s"} deleted\n`)
  }
  return findOperationCode(responses)
}
