// What a provider's refusal says in its body, whatever form it has. Pure; what says nothing here is left out.
import type { Refusal } from "../call.ts"
import { isRecord } from "../endpoints/bodyschema.ts"
import type { HiddenRefusal } from "./provider.ts"

/** Takes what must not be repeated out of a text. */
export type Hide = (text: string) => string

/** The provider's own words; the message is empty where there are none in a form that is known. */
export function refusalIn(body: unknown, hide: Hide): Refusal {
  const layers = layersOf(body)
  const told = (read: (value: unknown) => string | null, ...names: string[]) => {
    const found = layers.flatMap((layer) => names.map((name) => read(layer[name]))).find((words) => words)
    return found ? hide(found) : null
  }
  return {
    type: told(wordsIn, "type", "error_type") ?? told(kindIn, "status"),
    code: told(reasonIn, "details") ?? told(wordsIn, "code", "error_code"),
    message: told(toldBy, "message", "detail", "error") ?? hide(wordsIn(body) ?? ""),
    param: told(wordsIn, "param") ?? told(placeIn, "message", "detail"),
  }
}

/** What a 2xx says that is none, and the status that means the same; null when it is one. The message may be empty. */
export function hiddenIn(
  body: unknown,
  { member, code, message, statuses }: HiddenRefusal,
  hide: Hide,
): { status: number; refusal: Refusal } | null {
  const said = isRecord(body) ? body[member] : null
  const number = isRecord(said) ? wordsIn(said[code]) : null
  if (!isRecord(said) || number === null || number === "0") return null
  const status = (Object.hasOwn(statuses, number) ? statuses[number] : undefined) ?? 500
  return { status, refusal: { type: null, code: number, message: hide(wordsIn(said[message]) ?? ""), param: null } }
}

/** How deep words may lie: `{error: {…}}`, `{detail: {error}}`, `{message: {detail: […]}}`, and a list of one of them. */
const LAYERS_MAX = 3

/**
 * The objects that may tell something, from the inside out. https://github.com/Gage-Technologies/mistral-go/pull/2,
 * https://github.com/google-gemini/gemini-cli/issues/5468,
 * https://github.com/databricks-industry-solutions/hls-llm-doc-qa/issues/9 (error_code)
 */
function layersOf(body: unknown, depth = 1): Record<string, unknown>[] {
  const outer: unknown = Array.isArray(body) ? body[0] : body
  if (!isRecord(outer) || depth > LAYERS_MAX) return []
  const inner = ["error", "detail", "message"].map((name) => outer[name]).find(isRecord)
  return [...layersOf(inner, depth + 1), outer]
}

/** Words, or what a validator found, one after the other: `[{loc, msg}]`. https://fastapi.tiangolo.com/tutorial/handling-errors/ */
function toldBy(value: unknown): string | null {
  if (!Array.isArray(value)) return wordsIn(value)
  const findings = value.map((one) => {
    const what = isRecord(one) ? wordsIn(one["msg"]) : wordsIn(one)
    const place = placeIn([one])
    return place && what ? `${place}: ${what}` : (what ?? "")
  })
  return findings.filter((finding) => finding !== "").join("; ")
}

/** The member that the first finding of a validator is about. */
function placeIn(value: unknown): string | null {
  const first: unknown = Array.isArray(value) ? value[0] : null
  const path = isRecord(first) ? first["loc"] : null
  return Array.isArray(path) ? path.filter((step) => step !== "body").join(".") : null
}

/** `INVALID_ARGUMENT`, where others say a number. https://cloud.google.com/apis/design/errors#error_model */
function kindIn(value: unknown): string | null {
  return typeof value === "string" && /^[A-Z_]+$/.test(value) ? value : null
}

/** `API_KEY_INVALID`, among details of which others are of other kinds. */
function reasonIn(value: unknown): string | null {
  const reasons = Array.isArray(value) ? value.map((one) => (isRecord(one) ? wordsIn(one["reason"]) : null)) : []
  return reasons.find((reason) => reason) ?? null
}

function wordsIn(value: unknown): string | null {
  if (typeof value === "string") return value
  return typeof value === "number" ? String(value) : null
}
