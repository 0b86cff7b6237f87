// The stream of Gemini: each event is a part of a whole answer, in the form of one.
// https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
import type { Said } from "../../endpoints/streams/streamform.ts"
import { given } from "../../endpoints/translate/translation.ts"
import { asList, asRecord, asRecords, asText, isRecord } from "../../values.ts"
import {
  createBlocks,
  type Fields,
  type NativeAssembly,
  open,
  push,
  sayArguments,
  sayCall,
  sayText,
  sayThought,
  type Telling,
} from "./assembly.ts"
import { googleExtra } from "./chatanswer.ts"

export function startCandidates({ jsonTool, nameOf, makeId }: Telling): NativeAssembly {
  let whole: Fields = {}
  const candidates = createBlocks()
  /** How many calls of the caller's tools each candidate has. */
  const calls = new Map<number, number>()

  function sayPart({ text, thought, functionCall, thoughtSignature }: Fields, index: number): Said[] {
    if (isRecord(functionCall)) {
      const { id, name, args } = functionCall
      const input = JSON.stringify(args ?? {})
      if (name === jsonTool) return sayText(input, index)
      const at = calls.get(index) ?? 0
      calls.set(index, at + 1)
      const proof = googleExtra(asText(thoughtSignature) || null)
      return [sayCall(at, id, nameOf(asText(name)), index, proof), ...sayArguments(at, input, index)]
    }
    if (thought === true) return sayThought(text, index)
    // Where the JSON is a tool's input, it is the whole answer.
    return jsonTool === null ? sayText(text, index) : []
  }

  function addCandidate({ content, logprobsResult, groundingMetadata, ...rest }: Fields): Said[] {
    const index = Number(rest["index"] ?? 0)
    const candidate = candidates.at(index)
    const { parts, ...said } = asRecord(content)
    const added = asRecords(parts).map((part) => withId(part, makeId))
    const whole = open(candidate, "content")
    for (const part of added) addPart(whole, part)
    Object.assign(whole, said)
    Object.assign(candidate, given(rest))
    if (isRecord(groundingMetadata)) Object.assign(open(candidate, "groundingMetadata"), groundingMetadata)
    if (isRecord(logprobsResult)) {
      const probable = open(candidate, "logprobsResult")
      // Each event has the tokens of its own text.
      for (const name of ["chosenCandidates", "topCandidates"]) push(probable, name, asList(logprobsResult[name]))
    }
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
function addPart(content: Fields, part: Fields): void {
  const last = asRecord(asList(content["parts"]).at(-1))
  const isSame = isTextOnly(part) && isTextOnly(last) && last["thought"] === part["thought"]
  if (isSame && last["thoughtSignature"] === undefined) {
    Object.assign(last, part, { text: asText(last["text"]) + part["text"] })
  } else push(content, "parts", [{ ...part }])
}

function isTextOnly({ text, thought: _, thoughtSignature: __, ...others }: Fields): boolean {
  return typeof text === "string" && Object.keys(others).length === 0
}
