// What of a request for a response is for the gateway, and never sent to a provider. Pure.
import { asRecord } from "../values.ts"

/** Within how many hours the answer of a response in the background is wanted; null: as soon as that of any other job. */
export const completionWindows = { soonest: null, "2h": 2, "8h": 8 } as const
type CompletionWindow = keyof typeof completionWindows

/** The member of a stored request that says which response it continues: its input has all of that one already. */
export const CONTINUED = "asyncgate_previous_response_id"

/** The same of the conversation of this gateway that it is a turn of. */
export const IN_CONVERSATION = "asyncgate_conversation"

export function isBackground(request: Record<string, unknown>): boolean {
  return request["background"] === true
}

/** The window of a request; null: it has none, or one that is refused later. */
export function readCompletionWindow(fields: Record<string, unknown>): CompletionWindow | null {
  const { completion_window } = asRecord(fields["background_options"])
  return typeof completion_window === "string" && Object.hasOwn(completionWindows, completion_window)
    ? (completion_window as CompletionWindow)
    : null
}
