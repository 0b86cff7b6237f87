// All cells of the matrix, provider by provider and request type by request type, and what a program must know to reach them.
import { expect } from "bun:test"
import type { Cell, Fields, Place } from "./cell.ts"
import { chatting, passing, type Turned, turning } from "./forms.ts"
import { own, places } from "./own.ts"
import { type Limits, paths, shaped } from "./shaped.ts"

export interface Expected {
  /** All that authorises a request; null: nothing. */
  authorisation: { header: string; value: string } | null
  /** Beside what authorises and what all requests have; `{jobId}` stands for the job's id. */
  headers: Record<string, string>
  cells: Record<string, Cell>
  limits: Record<string, Limits>
}

const bearer = ["authorization", "Bearer "] as const
const names = [...new Set([...Object.keys(shaped), ...Object.keys(own)])]

export const expected: Record<string, Expected> = {
  ...Object.fromEntries(names.map((name) => [name, makeExpected(name)])),
  // Built in: it answers by itself.
  mock: { authorisation: null, headers: {}, limits: {}, cells: mocks() },
}

/** Keys by their usual variables, and the places that some want to know. */
export const env: Record<string, string> = {
  ...Object.fromEntries(names.map((name) => [findPlace(name).key, readSecret(name)]).filter(([key]) => key !== null)),
  ...places,
}

/** What no variable can say: addresses that are the customer's own, and keys that have none. */
export const config = {
  providers: Object.fromEntries(
    names
      .map((name) => ({ name, ...findPlace(name) }))
      .filter(({ config }) => config !== undefined)
      .map(({ name, config, key, secret }) => [
        name,
        { ...config, ...(key === null && secret !== undefined ? { keys: [{ value: secret }] } : {}) },
      ]),
  ),
}

function findPlace(name: string): Place & { config?: Fields } {
  return { key: null, ...shaped[name], ...own[name] }
}

function readSecret(name: string): string | null {
  const { key, secret } = findPlace(name)
  return secret ?? (key === null ? null : `secret-of-${key}`)
}

function makeExpected(name: string): Expected {
  const { header = bearer, headers = {} } = findPlace(name)
  const secret = readSecret(name)
  return {
    authorisation: secret === null ? null : { header: header[0], value: header[1] + secret },
    headers,
    cells: { ...listCells(name), ...own[name]?.cells },
    limits: shaped[name]?.limits ?? {},
  }
}

/** What a provider does not know and what asks for nothing here is not sent. */
function without(names: readonly string[], text: string): string {
  if (names.length === 0) return text
  return JSON.stringify(JSON.parse(text), (name, value) => (names.includes(name) ? undefined : value))
}

function listCells(name: string): Record<string, Cell> {
  const { at = "", serves = [], limits = {}, elsewhere = {}, olderRoles = [] } = shaped[name] ?? {}
  const makeUrl = (requestType: string) => at + (elsewhere[requestType] ?? paths[requestType])
  const change = (requestType: string) => (text: string) => {
    const roles = olderRoles.includes(requestType) ? text.replace('"role":"developer"', '"role":"system"') : text
    const { reject = [], values } = limits[requestType] ?? {}
    const unsaid = values?.["encoding_format"]?.["float"] === null ? ["encoding_format"] : []
    return without([...reject, ...unsaid], roles)
  }
  const passed = Object.fromEntries(
    serves.map((requestType) => [requestType, passing(requestType, makeUrl(requestType), change(requestType))]),
  )
  if (!serves.includes("chat_completion")) {
    return serves.includes("responses") ? { ...passed, chat_completion: chatting(makeUrl("responses")) } : passed
  }
  // What is not served is asked as a chat.
  const tokens = limits["chat_completion"]?.rename?.["max_completion_tokens"]
  const turn = (requestType: Turned) => turning(requestType, makeUrl("chat_completion"), tokens)
  return { text_completion: turn("text_completion"), responses: turn("responses"), ...passed }
}

function mocks(): Record<string, Cell> {
  const member = { ocr: "pages", rerank: "results", responses: "output", speech: "audio", transcription: "text" }
  const choices = { chat_completion: "choices", text_completion: "choices", count_tokens: "input_tokens" }
  const resultMembers: Record<string, string> = { ...member, ...choices }
  return Object.fromEntries(
    Object.keys(paths).map((requestType) => {
      const promised = resultMembers[requestType] ?? "data"
      const result = expect.objectContaining({ [promised]: expect.anything() })
      return [requestType, { ...passing(requestType, ""), model: "any", steps: [], result }]
    }),
  )
}
