// Read the streams of chat completions and of responses for a translation: what each event says, whatever its form.
import { asRecord, asRecords, asText } from "../../values.ts"
import type { EventReader, Fields, Said } from "./streamform.ts"

/** https://platform.openai.com/docs/api-reference/chat-streaming */
export function startChatReader(): EventReader {
  let beside: Fields = {}
  /** The indexes of tool calls, as the server counts them -> in the order in which they came. Some have none: each is a call then. */
  const indexes = new Map<unknown, number>()

  function place({ index = Symbol("none"), ...call }: Fields): Fields {
    const there = indexes.get(index) ?? indexes.size
    indexes.set(index, there)
    return { ...call, index: there }
  }

  return {
    read({ choices, usage: _, ...members }) {
      beside = { ...beside, ...members }
      return asRecords(choices).map(({ index, delta }) => {
        // Some servers name it `reasoning`: https://openrouter.ai/docs/use-cases/reasoning-tokens
        const { reasoning, tool_calls, ...said } = asRecord(delta)
        const thought = reasoning ? { reasoning_content: reasoning } : {}
        const calls = tool_calls ? { tool_calls: asRecords(tool_calls).map(place) } : {}
        return { choice: Number(index ?? 0), delta: { ...thought, ...said, ...calls } }
      })
    },
    begin: () => ({
      ...beside,
      choices: [{ index: 0, message: { role: "assistant", content: "" }, finish_reason: null }],
    }),
  }
}

/** https://platform.openai.com/docs/api-reference/responses-streaming */
export function startResponseReader(): EventReader {
  let about: Fields = {}
  /** The calls by the places of their items. */
  const calls = new Map<unknown, number>()
  /** Where the reasoning stands that was said last; null: none was. */
  let place: { output: unknown; kind: string; part: unknown } | null = null

  function say(delta: Fields): Said[] {
    return [{ choice: 0, delta }]
  }

  /** Of each item the reasoning itself, or else its summary. Parts are lines. */
  function think({ type, output_index: output, content_index, summary_index, delta }: Fields): Said[] {
    const now = { output, kind: asText(type), part: content_index ?? summary_index }
    if (place !== null && place.output === output && place.kind !== now.kind) return []
    const isNext = place !== null && (place.output !== output || place.part !== now.part)
    place = now
    return say({ reasoning_content: `${isNext ? "\n" : ""}${asText(delta)}` })
  }

  return {
    read(event) {
      const { type, output_index, item, response, delta } = event
      switch (type) {
        case "response.created":
        case "response.in_progress":
          about = asRecord(response)
          return []
        case "response.output_item.added": {
          const { type: kind, call_id: id, name } = asRecord(item)
          if (kind !== "function_call") return []
          const index = calls.size
          calls.set(output_index, index)
          return say({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] })
        }
        case "response.function_call_arguments.delta":
          return say({ tool_calls: [{ index: calls.get(output_index), function: { arguments: delta } }] })
        case "response.output_text.delta":
          return say({ content: delta })
        case "response.refusal.delta":
          return say({ refusal: delta })
        case "response.reasoning_text.delta":
        case "response.reasoning_summary_text.delta":
          return think(event)
        default:
          return []
      }
    },
    begin: () => ({ ...about, status: "completed", output: [] }),
  }
}
