// Spells the names of tools and the ids of their calls in the alphabet of the provider, and its answer's names as the caller wrote them. Pure.
// OpenAI's clients hand back what any server gave: `functions.look:0` as an id, `server.tool` as a name.

import { asRecord, asRecords, asWord, isRecord } from "../../values.ts"
import type { Target } from "./family.ts"

type Fields = Record<string, unknown>

interface Alphabet {
  /** What a name must not have. */
  foreign: RegExp
  /** How a name must begin. */
  start?: RegExp
  charsMax: number
}

/** The names of tools in each form. */
const names: Record<Target["dialect"], Alphabet> = {
  // "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'": https://github.com/home-assistant/core/issues/147760
  messages: { foreign: /[^a-zA-Z0-9_-]/g, charsMax: 128 },
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html
  converse: { foreign: /[^a-zA-Z0-9_-]/g, charsMax: 64 },
  // https://ai.google.dev/api/caching#FunctionDeclaration
  gemini: { foreign: /[^a-zA-Z0-9_.:-]/g, start: /^[a-zA-Z_]/, charsMax: 64 },
}

/** The ids of calls. Gemini takes any. */
const ids: Record<Target["dialect"], Alphabet | null> = {
  // "String should match pattern '^[a-zA-Z0-9_-]+$'": https://github.com/CommandCodeAI/command-code/issues/323
  messages: { foreign: /[^a-zA-Z0-9_-]/g, charsMax: Number.POSITIVE_INFINITY },
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html; Claude takes no dots and colons there either.
  converse: { foreign: /[^a-zA-Z0-9_-]/g, charsMax: 64 },
  gemini: null,
}

/** @param nameOf the caller's name of a tool, from the one that was sent */
export interface Spelled {
  fields: Fields
  nameOf(sent: string): string
}

/** The request with names and ids that the provider takes, each different from all others. */
export function spellNames(fields: Fields, { dialect }: Target): Spelled {
  const messages = asRecords(fields["messages"])
  const given = [
    ...asRecords(fields["tools"]).map((tool) => asRecord(tool["function"])["name"]),
    ...messages.flatMap(listCalls).map((call) => asRecord(call["function"])["name"]),
  ].map(asWord)
  const spell = createSpeller(names[dialect], given, listReserved(fields))
  const sent = new Map([...new Set(given)].map((name) => [name, spell(name)]))
  const owners = new Map([...sent].map(([name, spelled]) => [spelled, name]))
  const spelling = (name: string) => sent.get(name) ?? name
  const rename = (member: unknown): unknown =>
    isRecord(member) && isRecord(member["function"])
      ? { ...member, function: { ...member["function"], name: spelling(asWord(member["function"]["name"])) } }
      : member
  const alphabet = ids[dialect]
  const spellIds = alphabet === null ? (message: Fields) => message : createIdSpeller(alphabet, messages)
  return {
    fields: {
      ...fields,
      ...(Array.isArray(fields["tools"]) ? { tools: fields["tools"].map(rename) } : {}),
      ...(isRecord(fields["tool_choice"]) ? { tool_choice: renameChoice(fields["tool_choice"], rename) } : {}),
      messages: messages.map((message) => {
        const calls = message["tool_calls"]
        return spellIds(Array.isArray(calls) ? { ...message, tool_calls: calls.map(rename) } : message)
      }),
    },
    nameOf: (name) => owners.get(name) ?? name,
  }
}

/** The names of tools that the packages add: one for a schema, one for a search. */
function listReserved({ response_format, web_search_options }: Fields): string[] {
  return [...(isRecord(response_format) ? ["json"] : []), ...(isRecord(web_search_options) ? ["web_search"] : [])]
}

function listCalls(message: Fields): Fields[] {
  return asRecords(message["tool_calls"])
}

function renameChoice(choice: Fields, rename: (member: unknown) => unknown): unknown {
  const allowed = choice["allowed_tools"]
  if (!isRecord(allowed)) return rename(choice)
  return { ...choice, allowed_tools: { ...allowed, tools: asRecords(allowed["tools"]).map(rename) } }
}

/**
 * Spells the ids of a message's calls, and of the call that it is the result of. An id that an earlier call had already gets another
 * one, because Anthropic and Amazon want them to differ in a whole conversation.
 */
function createIdSpeller(alphabet: Alphabet, messages: Fields[]): (message: Fields) => Fields {
  const given = messages.flatMap(listCalls).map(({ id }) => asWord(id))
  const spell = createSpeller(alphabet, given)
  /** The calls of each id that have no result yet, the first one last; at least one stays. */
  const open = new Map<string, string[]>()
  return (message) => {
    if (message["role"] === "tool") {
      const id = asWord(message["tool_call_id"])
      const left = open.get(id) ?? [id]
      return { ...message, tool_call_id: left.length > 1 ? left.pop() : left[0] }
    }
    if (!Array.isArray(message["tool_calls"])) return message
    const fresh = new Map<string, string[]>()
    const calls = message["tool_calls"].map((call) => {
      if (!isRecord(call)) return call
      const [id, spelled] = [asWord(call["id"]), spell(asWord(call["id"]))]
      const alike = fresh.get(id)
      if (alike === undefined) fresh.set(id, [spelled])
      else alike.push(spelled)
      return { ...call, id: spelled }
    })
    for (const [id, spellings] of fresh) open.set(id, spellings.reverse())
    return { ...message, tool_calls: calls }
  }
}

/** The room for the number that tells two alike names apart. */
const NUMBER_CHARS = 8

/**
 * Spells one name after the other, none like another.
 * @param given all names that will come: those that need no change keep theirs
 * @param reserved names that are taken
 */
function createSpeller(
  { foreign, start, charsMax }: Alphabet,
  given: readonly string[],
  reserved: readonly string[] = [],
): (name: string) => string {
  const isLegal = (name: string) =>
    name !== "" && name.length <= charsMax && name.search(foreign) < 0 && (start === undefined || start.test(name))
  const kept = new Set(given.filter(isLegal))
  const spelled = new Set(reserved)
  /** A beginning that several share -> the number of the last of them. */
  const counts = new Map<string, number>()
  return (name) => {
    const clean = name.replace(foreign, "_")
    const base = start === undefined || start.test(clean) ? clean || "_" : `_${clean}`
    let found = isLegal(name) ? name : base.slice(0, charsMax)
    const stem = base.slice(0, charsMax - NUMBER_CHARS)
    while (spelled.has(found) || (found !== name && kept.has(found))) {
      const count = (counts.get(stem) ?? 1) + 1
      counts.set(stem, count)
      found = `${stem}_${count}`
    }
    spelled.add(found)
    return found
  }
}
