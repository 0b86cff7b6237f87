// Checks a body in the order of the wire contract: no duplicate names, all required members, no stream, and a model of a provider
// that serves the request type.
import type { Endpoint } from "../../endpoints/endpoint.ts"
import type { ParameterError } from "../../endpoints/parametertable.ts"
import { cut, type ErrorFields, GatewayError } from "../../errors.ts"
import type { Target as JobTarget } from "../../jobs/job.ts"
import { type Reasons, whyUnknown } from "../../providers/advice.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import type { Received } from "./received.ts"

/** The name of a model is stored with every job, every attempt and every quota. */
const MODEL_CHARS_MAX = 512

export type Providers = ReadonlyMap<string, ProviderSettings>

/** The providers that can be called, and why others are off. */
export interface Known {
  providers: Providers
  whyOff: Reasons
}

/** The provider and model of a request, with its type. */
export interface Target extends JobTarget {
  requestType: string
}

/** @throws {GatewayError} for a body that is not a valid request of this type */
export function checkBody({ submission, names }: Received, endpoint: Endpoint, known: Known): Target {
  const fields: ErrorFields = { requestType: endpoint.requestType }
  checkNames(names, endpoint)
  // The gateway would read the field and the provider the file: they could differ.
  const file = submission.files.find(({ name }) => name === "model" || name === "stream" || name === "fallbacks")
  if (file) {
    throw new GatewayError("invalid_request", `${file.name} must be a text field, not a file`, {
      param: file.name,
      fields,
    })
  }
  const { model } = submission.fields
  const provider = typeof model === "string" ? known.providers.get(model.split("/", 1)[0] ?? "") : undefined
  const problem = endpoint.check(submission, provider?.optional[endpoint.requestType] ?? [])
  if (problem) throw refuseParameter(problem, fields)
  const { service_tier: tier } = submission.fields
  if (tier !== undefined && tier !== null && typeof tier !== "string")
    throw refuseParameter({ message: "service_tier must be a string", param: "service_tier" }, fields)
  const streamParam = endpoint.asksForStream(submission)
  if (streamParam !== null && endpoint.streamRefusal !== null) {
    throw new GatewayError("invalid_request", endpoint.streamRefusal, { param: streamParam, fields })
  }
  return checkTarget(model, "model", endpoint, known)
}

export function refuseParameter({ isUnsupported, message, param }: ParameterError, fields: ErrorFields): GatewayError {
  return new GatewayError(isUnsupported ? "unsupported_parameter" : "invalid_request", message, { param, fields })
}

/** Every reader must see the same value of what the gateway reads: some take the first of two, or ignore the case of a name. */
function checkNames(names: readonly string[], { reads, requestType }: Endpoint): void {
  for (let at = 0; at < names.length; at++) {
    const name = names[at] ?? ""
    const own = reads.includes(name) ? name : foldName(name)
    if (own !== name && reads.includes(own)) {
      const message = `${cut(name)} could be read as ${own}: send it as ${own}, or not at all`
      throw new GatewayError("invalid_request", message, { param: cut(name), fields: { requestType } })
    }
    if (!reads.includes(own) || names.indexOf(name) === at) continue
    const message = `${name} is given twice: send it once`
    throw new GatewayError("invalid_request", message, { param: name, fields: { requestType } })
  }
}

/** A name as lenient readers see it: without regard to case, cut at a NUL, and `name[]` as `name`. */
function foldName(name: string): string {
  if (/^[a-z0-9_]*$/.test(name)) return name
  const [text = ""] = name.split("\0", 1)
  // To upper and then to lower case: ſ becomes s only in upper case, and the kelvin sign becomes k only in lower case.
  return text
    .trim()
    .replace(/\[\d*\]$/, "")
    .toUpperCase()
    .toLowerCase()
}

/** Reads the `provider/model` of the request or of a fallback. @param param the name of the member */
export function checkTarget(
  given: unknown,
  param: string,
  { requestType }: Endpoint,
  { providers, whyOff }: Known,
): Target {
  const refuse = (message: string) => new GatewayError("invalid_request", message, { param, fields: { requestType } })
  if (given === undefined || given === null || given === "") throw refuse(`${param} is required`)
  if (typeof given !== "string") throw refuse(`${param} must be a string in the format 'provider/model'`)
  if (given.length > MODEL_CHARS_MAX)
    throw refuse(`${param} has ${given.length} characters: send at most ${MODEL_CHARS_MAX}`)
  const slash = given.indexOf("/")
  if (slash <= 0 || slash === given.length - 1) throw refuse(`${param} must be in the format 'provider/model'`)
  const target = { provider: given.slice(0, slash), model: given.slice(slash + 1), requestType }
  const provider = providers.get(target.provider)
  if (!provider) {
    const message = whyUnknown(target.provider, providers, whyOff)
    throw new GatewayError("unknown_provider", message, { param, fields: target })
  }
  if (provider.endpoints[requestType] === undefined) {
    const message = `${requestType} is not supported by ${provider.name} provider`
    throw new GatewayError("unsupported_operation", message, { param, fields: target })
  }
  return target
}
