// The stream of Gemini: each event is a part of a whole answer, in the form of one.
// https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
import type { Said } from "../../endpoints/streams/streamform.ts"
import { given } from "../../endpoints/translate/translation.ts"
import { asList, asRecord, asRecords, asText, isRecord } from "../../values.ts"
import {
  createBlocks,
  type Fields,
  type NativeAssembly,
  sayArguments,
  sayCall,
  sayText,
  sayThought,
  type Telling,
} from "./assembly.ts"

export function startCandidates({ jsonTool, nameOf, makeId }: Telling): NativeAssembly {
  let whole: Fields = {}
  const candidates = createBlocks()
  /** How many calls of the caller's tools each candidate has. */
  const calls = new Map<number, number>()

  function sayPart({ text, thought, functionCall }: Fields, index: number): Said[] {
    if (isRecord(functionCall)) {
      const { id, name, args } = functionCall
      const input = JSON.stringify(args ?? {})
      if (name === jsonTool) return sayText(input, index)
      const at = calls.get(index) ?? 0
      calls.set(index, at + 1)
      return [sayCall(at, id, nameOf(asText(name)), index), ...sayArguments(at, input, index)]
    }
    if (thought === true) return sayThought(text, index)
    // Where the JSON is a tool's input, it is the whole answer.
    return jsonTool === null ? sayText(text, index) : []
  }

  function addCandidate({ content, logprobsResult, groundingMetadata, ...rest }: Fields): Said[] {
    const index = Number(rest["index"] ?? 0)
    const candidate = candidates.at(index)
    const { parts: there, ...about } = asRecord(candidate["content"])
    const parts = asRecords(there)
    const { parts: more, ...said } = asRecord(content)
    const added = asRecords(more).map((part) => withId(part, makeId))
    for (const part of added) addPart(parts, part)
    Object.assign(candidate, given(rest), { content: { ...about, ...said, parts } })
    if (isRecord(groundingMetadata)) {
      candidate["groundingMetadata"] = { ...asRecord(candidate["groundingMetadata"]), ...groundingMetadata }
    }
    if (isRecord(logprobsResult)) growLists(candidate, "logprobsResult", logprobsResult)
    return added.flatMap((part) => sayPart(part, index))
  }

  return {
    unknown: new Set(),
    add({ candidates: list, ...rest }) {
      whole = { ...whole, ...given(rest) }
      return asRecords(list).flatMap(addCandidate)
    },
    isComplete() {
      const all = candidates.list()
      const isBlocked = all.length === 0 && isRecord(whole["promptFeedback"])
      return isBlocked || (all.length > 0 && all.every(({ finishReason }) => typeof finishReason === "string"))
    },
    build: () => ({ ...whole, candidates: candidates.list() }),
  }
}

/** A call of a tool without an id gets one, which is the same when it is said and when it is stored. */
function withId(part: Fields, makeId: () => string): Fields {
  const { functionCall } = part
  if (!isRecord(functionCall)) return part
  return { ...part, functionCall: { ...functionCall, id: functionCall["id"] || makeId() } }
}

/** A text goes on in the next part, as long as it has no signature: that is its end. */
function addPart(parts: Fields[], part: Fields): void {
  const last = parts.at(-1)
  const isSame = isTextOnly(part) && last !== undefined && isTextOnly(last) && last["thought"] === part["thought"]
  if (isSame && last["thoughtSignature"] === undefined)
    Object.assign(last, part, { text: asText(last["text"]) + part["text"] })
  else parts.push({ ...part })
}

function isTextOnly({ text, thought: _, thoughtSignature: __, ...others }: Fields): boolean {
  return typeof text === "string" && Object.keys(others).length === 0
}

/** Lists go on in the next event: each has the tokens of its own text. */
function growLists(target: Fields, name: string, more: Fields): void {
  const before = asRecord(target[name])
  const grown = Object.entries(more).map(([member, value]) => {
    return [member, Array.isArray(value) ? [...asList(before[member]), ...value] : value]
  })
  target[name] = { ...before, ...Object.fromEntries(grown) }
}
