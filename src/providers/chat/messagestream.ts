// The stream of Anthropic's Messages. https://platform.claude.com/docs/en/build-with-claude/streaming

import type { Said } from "../../endpoints/streams/streamform.ts"
import { given } from "../../endpoints/translate/translation.ts"
import { asRecord, asText } from "../../values.ts"
import {
  createBlocks,
  type Fields,
  grow,
  type NativeAssembly,
  parseInput,
  push,
  sayArguments,
  sayCall,
  sayText,
  sayThought,
  type Telling,
} from "./assembly.ts"

/** They say nothing of the answer. */
const silent = new Set(["ping", "content_block_stop", "message_stop"])

export function startMessage({ jsonTool, nameOf }: Telling): NativeAssembly {
  let message: Fields = {}
  let usage: Fields = {}
  const blocks = createBlocks()
  /** The input of each tool call as it came. */
  const inputs = new Map<Fields, string>()
  /** The calls of the caller's tools -> their indexes. */
  const calls = new Map<Fields, number>()
  const unknown = new Set<string>()
  // Where the JSON is a tool's input, no text is said before it is known whether the tool is called.
  const tell = (text: unknown): Said[] => (jsonTool === null ? sayText(text) : [])

  function begin(index: unknown, start: Fields): Said[] {
    const block = blocks.at(index)
    Object.assign(block, start)
    const { type, text, thinking, id, name } = block
    if (type === "text") return tell(text)
    if (type === "thinking") return sayThought(thinking)
    if (type !== "tool_use" || name === jsonTool) return []
    calls.set(block, calls.size)
    return [sayCall(calls.size - 1, id, nameOf(asText(name)))]
  }

  function add(index: unknown, { type, ...delta }: Fields): Said[] {
    const block = blocks.at(index)
    switch (type) {
      case "text_delta":
        grow(block, "text", delta["text"])
        return tell(delta["text"])
      case "thinking_delta":
        grow(block, "thinking", delta["thinking"])
        return sayThought(delta["thinking"])
      case "signature_delta":
        grow(block, "signature", delta["signature"])
        return []
      case "citations_delta":
        push(block, "citations", [delta["citation"]])
        return []
      case "input_json_delta": {
        const text = asText(delta["partial_json"])
        inputs.set(block, (inputs.get(block) ?? "") + text)
        if (block["type"] === "tool_use" && block["name"] === jsonTool) return sayText(text)
        const at = calls.get(block)
        return at === undefined ? [] : sayArguments(at, text)
      }
      default:
        unknown.add(asText(type))
        return []
    }
  }

  return {
    unknown,
    add(event) {
      const { type, index, content_block, delta } = event
      switch (type) {
        case "message_start":
          message = asRecord(event["message"])
          usage = asRecord(message["usage"])
          return []
        case "content_block_start":
          return begin(index, asRecord(content_block))
        case "content_block_delta":
          return add(index, asRecord(delta))
        case "message_delta":
          Object.assign(message, given(asRecord(delta)))
          // It counts all from the beginning.
          usage = { ...usage, ...given(asRecord(event["usage"])) }
          return []
        default:
          if (!silent.has(asText(type))) unknown.add(asText(type))
          return []
      }
    },
    isComplete: () => typeof message["stop_reason"] === "string",
    build() {
      const content = blocks.list().map((block) => {
        const text = inputs.get(block)
        return text === undefined || text === "" ? block : { ...block, input: parseInput(text) }
      })
      return { ...message, content, usage }
    },
  }
}
