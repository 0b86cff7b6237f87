// Reads what a bulk operation is to do. What can change many jobs is refused if any of it is not understood.
import { cut, GatewayError, quoted } from "../../errors.ts"
import { isUnfinished, type State, states } from "../../jobs/job.ts"
import type { JobFilter } from "../../jobs/jobfilter.ts"
import { isRecord } from "../../values.ts"
import { readBody } from "../request/body.ts"
import type { BodyOptions } from "../request/bodylimits.ts"
import { checkNames, type FilterOptions, filterNames, readFilter } from "../request/filters.ts"
import { type Action, actions } from "./progress.ts"

export interface BulkRequest {
  action: Action
  /** As it was sent. */
  given: Readonly<Record<string, unknown>>
  filter: JobFilter
  /** `provider/model` of the new jobs of a retry; null: that of each job. */
  model: string | null
  isCountOnly: boolean
}

const members = ["action", "filter", "model", "count_only", "all"]
const BODY_BYTES_MAX = 65_536

/**
 * @param owners whose jobs the caller sees
 * @throws {GatewayError} invalid_request, invalid_json, request_too_large, …
 */
export async function readBulkRequest(
  request: Request,
  owners: readonly string[] | null,
  options: BodyOptions & FilterOptions,
): Promise<BulkRequest> {
  const fields = await readFields(request, options)
  for (const name of Object.keys(fields)) {
    if (members.includes(name)) continue
    throw invalid(name, `unknown member ${quoted(name)}; supported: ${members.join(", ")}`)
  }
  const action = actions.find((each) => each === fields["action"])
  if (action === undefined) throw invalid("action", `action must be one of ${actions.join(", ")}`)
  const given = fields["filter"] ?? {}
  if (!isRecord(given)) throw invalid("filter", `filter must be an object, as {"status": "pending"}`)
  const filter = readFilter(toParameters(given), owners, request, options)
  const isCountOnly = readFlag(fields, "count_only")
  if (Object.keys(given).length === 0 && !readFlag(fields, "all") && !isCountOnly) {
    throw invalid("all", `the filter is empty: send "all": true to ${action} every job, or narrow it`)
  }
  return { action, given, filter: limitStates(filter, action, "filter"), model: readModel(fields, action), isCountOnly }
}

const reached: Record<Action, readonly State[]> = {
  cancel: states.filter(isUnfinished),
  delete: states,
  retry: ["failed", "cancelled"],
}

/**
 * The filter, narrowed to the states that the action can change.
 * @throws {GatewayError} invalid_request where it matches none of these
 */
export function limitStates(filter: JobFilter, action: Action, param: string): JobFilter {
  const kept = reached[action].filter((state) => filter.states?.includes(state) ?? true)
  if (kept.length === 0) throw invalid(param, `${action} changes only jobs that are ${reached[action].join(", ")}`)
  return { ...filter, states: kept }
}

async function readFields(request: Request, options: BodyOptions): Promise<Record<string, unknown>> {
  try {
    const body = await readBody(request, "", ["json"], { ...options, bodyBytesMax: BODY_BYTES_MAX })
    return body.submission.fields
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== "request_too_large") throw error
    throw new GatewayError(
      "request_too_large",
      `the body is larger than ${BODY_BYTES_MAX} bytes: it names no jobs, only a filter`,
    )
  }
}

/** The filter as the parameters of a list. */
function toParameters(given: Record<string, unknown>): URLSearchParams {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== "string" && typeof value !== "number") {
      throw invalid(
        `filter.${cut(name)}`,
        `filter.${cut(name)} must be a text or a number, as a query parameter of the list`,
      )
    }
    parameters.set(name, String(value))
  }
  checkNames(parameters, filterNames)
  return parameters
}

function readModel({ model = null }: Record<string, unknown>, action: Action): string | null {
  if (model === null) return null
  if (action !== "retry") throw invalid("model", `model is for retry: a filter has it as filter.model`)
  if (typeof model === "string" && /^[^/]+\/./.test(model)) return model
  throw invalid("model", 'model must be a text as "provider/model"')
}

function readFlag(fields: Record<string, unknown>, name: string): boolean {
  const value = fields[name] ?? false
  if (typeof value === "boolean") return value
  throw invalid(name, `${name} must be true or false`)
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param: cut(param) })
}
