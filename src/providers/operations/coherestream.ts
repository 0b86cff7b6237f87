// The stream of Cohere's chat, version 2. https://docs.cohere.com/docs/streaming
import type { Said } from "../../endpoints/streams/streamform.ts"
import { append } from "../../json.ts"
import { asRecord, asText, isRecord } from "../../values.ts"
import {
  createBlocks,
  grow,
  type NativeAssembly,
  type NativeStream,
  sayArguments,
  sayCall,
  sayText,
  sayThought,
} from "../chat/assembly.ts"
import { readEvents } from "../eventparser.ts"
import { EVENT_STREAM } from "../transport.ts"
import type { Fields } from "./operation.ts"

/** Errors come with the end, as in a whole answer. */
export const cohereStream: NativeStream = {
  mediaType: EVENT_STREAM,
  ask: (url, body) => ({ url, body: append(body, "stream", "true") }),
  read: readEvents,
  start: startReply,
  readStatus: () => null,
}

/** They say nothing that the answer has. */
const silent = new Set(["content-end", "tool-call-end", "citation-end", "debug"])

function startReply(): NativeAssembly {
  let whole: Fields = {}
  const message: Fields = { role: "assistant" }
  const contents = createBlocks()
  const calls = createBlocks()
  const citations: unknown[] = []
  const logprobs: unknown[] = []
  const unknown = new Set<string>()

  function addContent(index: unknown, content: Fields): Said[] {
    const { type, text, thinking } = content
    const block = contents.at(index)
    if (type !== undefined) block["type"] = type
    grow(block, "text", text)
    grow(block, "thinking", thinking)
    return [...sayThought(thinking), ...sayText(text)]
  }

  function addCall(index: number, { function: called, ...call }: Fields): Said[] {
    const there = calls.at(index)
    const { name, arguments: text } = asRecord(called)
    const isNew = there["function"] === undefined
    const of = asRecord(there["function"])
    Object.assign(there, call, { function: of })
    if (name !== undefined) of["name"] = name
    grow(of, "arguments", text)
    const opening = isNew ? [sayCall(index, call["id"], asText(name))] : []
    return [...opening, ...sayArguments(index, text)]
  }

  return {
    unknown,
    add(event) {
      const { type, id, index, delta } = event
      const said = asRecord(asRecord(delta)["message"])
      switch (type) {
        case "message-start":
          whole = { id }
          return []
        case "content-start":
        case "content-delta":
          if (isRecord(event["logprobs"])) logprobs.push(event["logprobs"])
          return addContent(index, asRecord(said["content"]))
        case "tool-plan-delta":
          grow(message, "tool_plan", said["tool_plan"])
          return []
        case "tool-call-start":
        case "tool-call-delta":
          return addCall(Number(index), asRecord(said["tool_calls"]))
        case "citation-start":
          citations.push(said["citations"])
          return []
        case "message-end":
          whole = { ...whole, ...asRecord(delta) }
          return []
        default:
          if (!silent.has(asText(type))) unknown.add(asText(type))
          return []
      }
    },
    isComplete: () => typeof whole["finish_reason"] === "string",
    build() {
      const lists = { content: contents.list(), tool_calls: calls.list(), citations }
      const given = Object.entries(lists).filter(([, list]) => list.length > 0)
      return {
        ...whole,
        message: { ...message, ...Object.fromEntries(given) },
        ...(logprobs.length > 0 ? { logprobs } : {}),
      }
    },
  }
}
