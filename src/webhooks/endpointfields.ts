// What is written of a webhook endpoint, in the words of Bifrost's API and of config.json: what each member must be, and the settings that
// follow from all of them. Pure.
import { isIP } from "node:net"
import { isRecord } from "../values.ts"
import { isReserved } from "./payloads.ts"
import { findAddressFault, type ReceiverRules, readReceiverUrl } from "./receivers.ts"
import { type WebhookSettings, webhookDefaults, webhookEvents, webhookForms, webhookSchedules } from "./webhook.ts"

/** By the names of the members. */
export type Fields = Readonly<Record<string, unknown>>

/** A member that is wrong, and what it must be. */
export interface FieldMistake {
  member: string
  must: string
}

type NumberSetting =
  | "maxRetries"
  | "retryBackoffInitialMs"
  | "retryBackoffMaxMs"
  | "attemptTimeoutMs"
  | "responseBytesMax"
  | "maxConcurrentDeliveries"

/** `unit`: how many of the setting's units one of the member is. */
export const numbers: Record<string, { setting: NumberSetting; unit: number; max: number }> = {
  max_retries: { setting: "maxRetries", unit: 1, max: 50 },
  retry_backoff_initial_seconds: { setting: "retryBackoffInitialMs", unit: 1000, max: 86_400 },
  retry_backoff_max_seconds: { setting: "retryBackoffMaxMs", unit: 1000, max: 604_800 },
  attempt_timeout_seconds: { setting: "attemptTimeoutMs", unit: 1000, max: 300 },
  max_response_payload_kbs: { setting: "responseBytesMax", unit: 1024, max: 10_240 },
  max_concurrent_deliveries: { setting: "maxConcurrentDeliveries", unit: 1, max: 100 },
}

const switches = {
  all_jobs: "allJobs",
  include_response: "includeResponse",
  allow_private_network: "allowPrivateNetwork",
  disabled: "disabled",
} as const

export const NAME_CHARS_MAX = 255
const CONTROLS = String.raw`\u0000-\u001f\u007f-\u009f`
/** No spaces around it, and no control characters. */
export const NAME = new RegExp(`^[^\\s${CONTROLS}]([^${CONTROLS}]*[^\\s${CONTROLS}])?$`)
export const HEADERS_MAX = 50
export const HEADER_CHARS_MAX = 4096
/** RFC 9110, 5.1 and 5.5: what a header may be called, and what it may say. */
export const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
export const HEADER_VALUE = /^[\t\x20-\x7e]*$/

const must = {
  name: `a text of 1 to ${NAME_CHARS_MAX} characters without spaces around it, as "order-events"`,
  url: 'where the receiver is, as "https://example.com/webhook"',
  headers: `at most ${HEADERS_MAX} headers of one line each, as { "authorization": "env.RECEIVER_TOKEN" }`,
  form: `one of ${webhookForms.join(", ")}`,
  schedule: `one of ${webhookSchedules.join(", ")}`,
  events: (form: WebhookSettings["form"]) => `a list of some of ${webhookEvents[form].join(", ")}`,
  switch: "true or false",
  number: (name: string) =>
    `a whole number from 1 to ${numbers[name]?.max}, as ${describeDefault(name)}, or 0 for the default`,
}

function describeDefault(name: string): number {
  const { setting, unit } = numbers[name] as { setting: NumberSetting; unit: number }
  return webhookDefaults[setting] / unit
}

/** Of each member what it must be, in words. */
export const fieldHelp: Readonly<Record<string, string>> = {
  name: must.name,
  url: must.url,
  events: `a list, as ["${webhookEvents.bifrost.join('", "')}"]`,
  headers: must.headers,
  form: must.form,
  schedule: must.schedule,
  ...Object.fromEntries(Object.keys(switches).map((name) => [name, must.switch])),
  ...Object.fromEntries(Object.keys(numbers).map((name) => [name, must.number(name)])),
}
export const fieldNames = Object.keys(fieldHelp)

/** Members that Bifrost does not know: its clients send none, and must not change them by that. */
type OwnSettings = Pick<WebhookSettings, "form" | "allJobs" | "schedule">

/**
 * The settings that a whole endpoint has been given. What is missing has its default.
 * @param before what it has of the settings that Bifrost does not know, which stay where they are missing; null: it is new
 */
export function readFields(
  fields: Fields,
  before: OwnSettings | null,
  rules: ReceiverRules,
): { settings: WebhookSettings; mistake?: never } | { settings?: never; mistake: FieldMistake } {
  const { form, allJobs, schedule } = before ?? webhookDefaults
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  const whole: Fields = { form, all_jobs: allJobs, schedule, ...given }
  const mistake = findMistake(whole, rules)
  return mistake === null ? { settings: toSettings(whole) } : { mistake }
}

/** Settings as members, but for the headers. */
export function writeFields(settings: Omit<WebhookSettings, "headers">): Record<string, unknown> {
  const { name, url, form, events, schedule } = settings
  const ofSwitches = Object.entries(switches).map(([member, setting]) => [member, settings[setting]])
  const ofNumbers = Object.entries(numbers).map(([member, { setting, unit }]) => [member, settings[setting] / unit])
  return { name, url, form, events, ...Object.fromEntries([...ofSwitches, ...ofNumbers]), schedule }
}

function findMistake(fields: Fields, rules: ReceiverRules): FieldMistake | null {
  const form = webhookForms.find((known) => known === fields["form"])
  const { name, schedule, events, headers } = fields
  if (!isName(name)) return { member: "name", must: must.name }
  if (form === undefined) return { member: "form", must: must.form }
  if (!isEventList(events, webhookEvents[form])) return { member: "events", must: must.events(form) }
  if (!webhookSchedules.some((known) => known === schedule)) return { member: "schedule", must: must.schedule }
  for (const member of Object.keys(switches)) {
    if (!["boolean", "undefined"].includes(typeof fields[member])) return { member, must: must.switch }
  }
  for (const [member, { max }] of Object.entries(numbers)) {
    const value = fields[member] ?? 0
    const isRight = Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max
    if (!isRight) return { member, must: must.number(member) }
  }
  const fault = findUrlFault(fields["url"], {
    ...rules,
    allowsPrivate: rules.allowsPrivate || fields["allow_private_network"] === true,
  })
  if (fault !== null) return { member: "url", must: fault }
  return findHeaderMistake(headers ?? {})
}

export function isName(name: unknown): name is string {
  return typeof name === "string" && name.length <= NAME_CHARS_MAX && NAME.test(name)
}

/** What a name must be. */
export const nameHelp = must.name

export function isEventList(events: unknown, known: readonly string[]): events is string[] {
  if (!Array.isArray(events) || events.length === 0 || new Set(events).size < events.length) return false
  return events.every((event) => known.includes(event))
}

/**
 * What a URL must be, where nothing could ever be sent to it; null: nothing is wrong as far as is known before its host is looked up.
 * What a name stands for is checked again with every try.
 */
export function findUrlFault(text: unknown, rules: ReceiverRules): string | null {
  if (typeof text !== "string" || text === "") return must.url
  const { url, fault } = readReceiverUrl(text)
  if (!url) return `${must.url}: what was sent ${fault}`
  const host = url.hostname.replace(/^\[|\]$/g, "")
  const isEncrypted = url.protocol === "https:"
  const isHere = host === "localhost" || host.endsWith(".localhost")
  if (isIP(host) !== 0 || isHere) {
    const why = findAddressFault(isHere ? "127.0.0.1" : host, rules, isEncrypted)
    return why === null ? null : `${must.url}: ${host} ${why}`
  }
  if (isEncrypted || rules.allowsPrivate) return null
  return `${must.url}: with http it can only be an address of one's own network, for which allow_private_network must be true`
}

function findHeaderMistake(headers: unknown): FieldMistake | null {
  if (!isRecord(headers) || Object.keys(headers).length > HEADERS_MAX) return { member: "headers", must: must.headers }
  const names = Object.keys(headers).map((name) => name.toLowerCase())
  for (const [name, value] of Object.entries(headers)) {
    const member = `headers.${name}`
    if (!HEADER_NAME.test(name)) return { member, must: "a name of letters, digits and hyphens" }
    if (isReserved(name.toLowerCase())) return { member, must: "left out: the gateway sends this header itself" }
    if (names.filter((other) => other === name.toLowerCase()).length > 1) return { member, must: "there once" }
    const isRight = typeof value === "string" && value.length <= HEADER_CHARS_MAX && HEADER_VALUE.test(value)
    if (!isRight) return { member, must: `a text of one line and at most ${HEADER_CHARS_MAX} characters` }
  }
  return null
}

/** @param fields without a mistake */
function toSettings(fields: Fields): WebhookSettings {
  const ofSwitches = Object.entries(switches).map(([member, setting]) => [setting, fields[member] === true])
  const ofNumbers = Object.entries(numbers).map(([member, { setting, unit }]) => [
    setting,
    ((fields[member] as number | undefined) || describeDefault(member)) * unit,
  ])
  const { name, url, events, form, schedule } = fields
  return {
    ...{ name, url, events, form, schedule, headers: fields["headers"] ?? {} },
    ...Object.fromEntries([...ofSwitches, ...ofNumbers]),
  } as WebhookSettings
}
