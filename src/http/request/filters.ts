// Reads the filter of a request: which jobs are meant. The names are those of the query of a list, wherever a filter is sent.
import { readJobId } from "../../batches/batch.ts"
import { endpoints } from "../../endpoints/endpoints.ts"
import { readResponseId } from "../../endpoints/responseid.ts"
import { cut, GatewayError } from "../../errors.ts"
import { type StateFilter, states } from "../../jobs/job.ts"
import type { JobFilter } from "../../jobs/jobfilter.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import { digestIdempotencyKey } from "../intake/newjob.ts"
import type { SoleUserOptions } from "./authentication.ts"
import { namePeer } from "./head.ts"
import { IDEMPOTENCY_CHARS_MAX, priorities } from "./joboptions.ts"

export interface FilterOptions extends SoleUserOptions {
  providers: ReadonlyMap<string, ProviderSettings>
}

export const filterNames = [
  "status",
  "state",
  "type",
  "provider",
  "model",
  "owner",
  "error_code",
  "key",
  "priority",
  "min_cost",
  "origin",
  "batch",
  "idempotency_key",
  "search",
  "created_after",
  "created_before",
] as const

/** The stored states of each status on the wire. */
const statuses: Record<string, StateFilter> = {
  pending: { states: ["queued"], isStarted: false },
  processing: { states: ["queued", "running", "waiting"], isStarted: true },
  completed: { states: ["succeeded"], isStarted: null },
  failed: { states: ["failed", "cancelled"], isStarted: null },
}

const SEARCH_CHARS_MAX = 512
/** Above every id. */
const LAST_ID = "ffffffff-ffff-7fff-bfff-ffffffffffff"

/**
 * @param owners whose jobs the caller sees; null: all, which only the admin does
 * @throws {GatewayError} invalid_request, admin_token_required
 */
export function readFilter(
  given: URLSearchParams,
  owners: readonly string[] | null,
  request: Request,
  options: FilterOptions,
): JobFilter {
  const priority = readWord(given, "priority", priorities)
  const wanted = readOwners(given, owners)
  return {
    owners: wanted,
    before: makeLowestId(readTime(given, "created_before"), LAST_ID),
    from: makeLowestId(readTime(given, "created_after"), ""),
    ...readStates(given),
    ...readTypeAndModel(given),
    priority: priority === null ? null : priorities.indexOf(priority),
    errorCode: given.get("error_code"),
    key: readKey(given, options),
    minCost: readMinCost(given),
    origin: given.get("origin"),
    batch: readBatch(given),
    idempotencyKeys: readIdempotencyKeys(given, wanted, request, options),
    search: readSearch(given),
  }
}

/**
 * Refuses names that mean nothing here: a filter that is not applied would show, or do, more than was asked for.
 * @throws {GatewayError} invalid_request
 */
export function checkNames(
  given: URLSearchParams,
  names: readonly string[],
  noun: "filter" | "parameter" = "filter",
  isIgnored = (_: string) => false,
): void {
  for (const name of given.keys()) {
    if (isIgnored(name)) continue
    if (!names.includes(name)) {
      const message = `unknown ${noun} "${cut(name)}"; supported: ${names.join(", ")}`
      throw new GatewayError("invalid_request", message, { param: cut(name) })
    }
    if (given.getAll(name).length > 1)
      throw new GatewayError("invalid_request", `${name} is given twice: send it once`, { param: name })
  }
}

/** Filters by request type, provider and model; null: any. */
function readTypeAndModel(given: URLSearchParams): Pick<JobFilter, "requestType" | "provider" | "model"> {
  const provider = given.get("provider")
  const model = given.get("model")
  const requestTypes = endpoints.map(({ requestType }) => requestType)
  return {
    requestType: readWord(given, "type", requestTypes),
    provider,
    // The model may be given as in a submit, `provider/model`, or as in the job.
    model: provider !== null && model?.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model,
  }
}

export function readWord<Word extends string>(
  given: URLSearchParams,
  name: string,
  allowed: readonly Word[],
): Word | null {
  const value = given.get(name)
  const word = allowed.find((candidate) => candidate === value)
  if (value === null || word !== undefined) return word ?? null
  throw new GatewayError("invalid_request", `${name} must be one of ${allowed.join(", ")}`, { param: name })
}

function readOwners(given: URLSearchParams, owners: readonly string[] | null): readonly string[] | null {
  const id = given.get("owner")
  if (id === null) return owners
  if (owners === null) return [`vk:${id}`]
  throw new GatewayError(
    "admin_token_required",
    "owner is a filter for the admin, who sees the jobs of all: send the admin's token as Authorization: Bearer, or no owner",
    { param: "owner" },
  )
}

function readStates(given: URLSearchParams): StateFilter {
  const state = readWord(given, "state", states)
  const status = readWord(given, "status", Object.keys(statuses))
  const { states: wanted = null, isStarted = null } = status === null ? {} : (statuses[status] ?? {})
  if (state === null) return { states: wanted, isStarted }
  return { states: wanted === null || wanted.includes(state) ? [state] : [], isStarted }
}

function readKey(given: URLSearchParams, { providers }: FilterOptions): JobFilter["key"] {
  const name = given.get("key")
  if (name === null) return null
  const keys = [...providers.values()].flatMap(({ keys }) => keys)
  return { name, ids: keys.filter((key) => key.name === name).map(({ id }) => id) }
}

function readMinCost(given: URLSearchParams): number | null {
  const text = given.get("min_cost")
  if (text === null) return null
  // In JSON a small number may be written as 1e-7.
  if (/^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text))) return Number(text)
  const message = "min_cost must be US dollars, as 0.05: the least that a job has cost"
  throw new GatewayError("invalid_request", message, { param: "min_cost" })
}

function readBatch(given: URLSearchParams): string | null {
  const id = given.get("batch")
  if (id === null || (id.startsWith("batch_") && readJobId(id) !== null)) return id
  const message = "batch must be the id of a batch, as batch_019b2c1a7c3f7d609e582f60f5d7c1ab"
  throw new GatewayError("invalid_request", message, { param: "batch" })
}

/**
 * What can be stored of a key that is sought: one form for each owner whose jobs are meant. Of nobody's jobs those are found that came from
 * the only user or from this caller's address. Which provider keys callers have of their own is not known.
 */
function readIdempotencyKeys(
  given: URLSearchParams,
  owners: readonly string[] | null,
  request: Request,
  { keyring, readPeer }: FilterOptions,
): readonly string[] | null {
  const key = given.get("idempotency_key")
  if (key === null) return null
  if (key === "" || key.length > IDEMPOTENCY_CHARS_MAX) {
    const message = `idempotency_key must be an Idempotency-Key, of 1 to ${IDEMPOTENCY_CHARS_MAX} characters`
    throw new GatewayError("invalid_request", message, { param: "idempotency_key" })
  }
  const known = owners ?? ["", ...keyring.list().map(({ id }) => `vk:${id}`)]
  const senders = known.includes("") ? [...known, namePeer(readPeer(request))] : known
  return senders.map((sender) => digestIdempotencyKey(sender, key))
}

function readSearch(given: URLSearchParams): string | null {
  const text = given.get("search")
  if (text === null) return null
  if (text !== "" && text.length <= SEARCH_CHARS_MAX) return readResponseId(text) ?? text
  const message = `search must be the id of a job or of its response, at least eight characters of the beginning of a job's id, or the id of a request, of at most ${SEARCH_CHARS_MAX} characters`
  throw new GatewayError("invalid_request", message, { param: "search" })
}

/** A time in RFC 3339 or in seconds since 1970, as epoch milliseconds; null where it is not given. */
function readTime(given: URLSearchParams, name: string): number | null {
  const text = given.get(name)
  if (text === null) return null
  const time = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text)
  if (time >= 0 && time < 2 ** 48) return Math.floor(time)
  throw new GatewayError("invalid_request", `${name} must be a time, as 2026-01-31T12:00:00Z or seconds since 1970`, {
    param: name,
  })
}

/** The lowest id that a job of that time can have: a version 7 UUID starts with its milliseconds. */
function makeLowestId(time: number | null, otherwise: string): string {
  if (time === null) return otherwise
  const hex = time.toString(16).padStart(12, "0")
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
