// The stream of Bedrock's Converse. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
import type { Said } from "../../endpoints/streams/streamform.ts"
import { asRecord, asText, isRecord } from "../../values.ts"
import {
  createBlocks,
  type Fields,
  grow,
  type NativeAssembly,
  open,
  parseInput,
  push,
  sayArguments,
  sayCall,
  sayText,
  sayThought,
  type Telling,
} from "./assembly.ts"

export function startConverse({ jsonTool, isJson, nameOf, makeId }: Telling): NativeAssembly {
  let whole: Fields = {}
  let role: unknown = "assistant"
  const blocks = createBlocks()
  /** The calls of the caller's tools -> their indexes. */
  const calls = new Map<Fields, number>()
  const unknown = new Set<string>()

  function begin(block: Fields, { toolUse, ...others }: Fields): Said[] {
    Object.assign(block, others)
    if (!isRecord(toolUse)) return []
    const { toolUseId, name } = toolUse
    const call = { ...toolUse, toolUseId: toolUseId || makeId(), input: "" }
    block["toolUse"] = call
    if (name === jsonTool) return []
    calls.set(block, calls.size)
    return [sayCall(calls.size - 1, call.toolUseId, nameOf(asText(name)))]
  }

  function add(block: Fields, { text, toolUse, reasoningContent, citation, ...others }: Fields): Said[] {
    for (const name of Object.keys(others)) unknown.add(name)
    if (citation !== undefined) push(block, "citations", [citation])
    if (isRecord(reasoningContent)) return think(block, reasoningContent)
    if (isRecord(toolUse)) {
      const call = asRecord(block["toolUse"])
      grow(call, "input", toolUse["input"])
      const at = calls.get(block)
      if (at !== undefined) return sayArguments(at, toolUse["input"])
      return call["name"] === jsonTool ? sayText(toolUse["input"]) : []
    }
    grow(block, "text", text)
    // Words around the JSON that is asked for are cut off at the end.
    return isJson ? [] : sayText(text)
  }

  function think(block: Fields, { text, signature, redactedContent }: Fields): Said[] {
    const content = open(block, "reasoningContent")
    grow(content, "redactedContent", redactedContent)
    if (typeof text === "string" || typeof signature === "string") {
      const readable = open(content, "reasoningText")
      grow(readable, "text", text)
      grow(readable, "signature", signature)
    }
    return sayThought(text)
  }

  return {
    unknown,
    add({ p: _padding, ...event }, name) {
      const block = blocks.at
      switch (name) {
        case "messageStart":
          role = event["role"]
          return []
        case "contentBlockStart":
          return begin(block(event["contentBlockIndex"]), asRecord(event["start"]))
        case "contentBlockDelta":
          return add(block(event["contentBlockIndex"]), asRecord(event["delta"]))
        case "contentBlockStop":
          return []
        case "messageStop":
        case "metadata":
          whole = { ...whole, ...event }
          return []
        default:
          unknown.add(asText(name))
          return []
      }
    },
    isComplete: () => typeof whole["stopReason"] === "string",
    build: () => ({ ...whole, output: { message: { role, content: blocks.list().map(finishBlock) } } }),
  }
}

/** A block in the form that it has in a whole answer. */
function finishBlock({ text, citations, toolUse, ...block }: Fields): Fields {
  if (citations !== undefined) return { ...block, citationsContent: { content: [{ text: text ?? "" }], citations } }
  if (!isRecord(toolUse)) return text === undefined ? block : { ...block, text }
  const input = asText(toolUse["input"])
  return { ...block, toolUse: { ...toolUse, input: input === "" ? {} : parseInput(input) } }
}
