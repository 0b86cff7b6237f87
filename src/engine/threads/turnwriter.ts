// What a job adds to its conversation when it has succeeded, made in the thread of the provider worker: what its request asks beyond the
// conversation as it was, and what was answered. The answer says of which conversation it is a turn, whatever its provider says.
import type { Call, NewItem, Outcome } from "../../call.ts"
import { IN_CONVERSATION } from "../../endpoints/backgroundoptions.ts"
import { chooseItemId } from "../../endpoints/conversationitems.ts"
import { readItemType } from "../../endpoints/translate/items.ts"
import { append, edit, listValues, member, parseJson, scan } from "../../json.ts"
import { isRecord } from "../../values.ts"

export interface TurnWriter {
  /** The events, in which every response names the conversation. @param events whole ones, as they are sent */
  inEvents(events: string): string
  end(outcome: Outcome): Outcome
}

const ofResponse = /"type"\s*:\s*"response\.(created|queued|in_progress|completed|incomplete|failed)"/

/** @param call of a job that is a turn of a conversation */
export function openTurn({ jobId, provider, body, extras: { conversation } }: Call): TurnWriter {
  const asked = body ?? "{}"
  const found = scan(asked)
  const named = `{"id":${member(asked, found, IN_CONVERSATION) ?? "null"}}`
  const digits = jobId.replaceAll("-", "")

  function makeItem(text: string, at: number, isSaid: boolean): NewItem[] {
    const item = parseJson(text)
    if (!isRecord(item)) return []
    const isOfProvider = isSaid || readItemType(item) === "reasoning"
    return [{ id: chooseItemId(item, digits, at), provider: isOfProvider ? provider : null, item: text }]
  }

  function nameIn(line: string): string {
    if (!line.startsWith("data:") || !ofResponse.test(line)) return line
    const event = line.slice("data:".length)
    const members = scan(event)
    const response = member(event, members, "response")
    if (response === null) return line
    return `data:${edit(event, { response: append(response, "conversation", named) }, members)}`
  }

  return {
    inEvents: (events) => (events.includes('"response"') ? events.split("\n").map(nameIn).join("\n") : events),

    end(outcome) {
      if (outcome.kind !== "answered" || conversation === undefined) return outcome
      const { number, from } = conversation
      const input = splitList(member(asked, found, "input"))
      const output = splitList(member(outcome.body, scan(outcome.body), "output"))
      const items = [
        ...input.slice(from).flatMap((text, at) => makeItem(text, from + at, false)),
        ...output.flatMap((text, at) => makeItem(text, input.length + at, true)),
      ]
      return { ...outcome, body: append(outcome.body, "conversation", named), turn: { number, items } }
    },
  }
}

/** @param text JSON text, or null */
function splitList(text: string | null): string[] {
  if (text === null || !text.startsWith("[")) return []
  return listValues(text).map(({ start, end }) => text.slice(start, end))
}
