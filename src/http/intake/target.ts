// What must hold of a body, in the wire's order: names that are read once, required members, no stream, a model of a provider
// that serves the type; and where its job may go when that one has failed it.
import type { Endpoint, Submission } from "../../endpoints/endpoint.ts"
import type { ParameterError } from "../../endpoints/parametercheck.ts"
import { cut, type ErrorFields, GatewayError } from "../../errors.ts"
import { whyUnknown } from "../../providers/advice.ts"
import { ANY_KEY, canCall, explainMissingKey } from "../../providers/keys.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import { type Caller, ownerOf, permit } from "./caller.ts"
import type { Received } from "./received.ts"

/** A model's name is kept with every job, every attempt and every quota. */
const MODEL_CHARS_MAX = 512
/** The list of those that are left is kept with the job, and each of them is tried several times. */
const FALLBACKS_MAX = 16

export type Providers = ReadonlyMap<string, ProviderSettings>

/** Where a request goes, once that is known. */
export interface Target {
  provider: string
  model: string
  requestType: string
}

/** @throws {GatewayError} for everything that makes it no request for the endpoint */
export function check({ submission, names }: Received, endpoint: Endpoint, providers: Providers): Target {
  const fields: ErrorFields = { requestType: endpoint.requestType }
  checkNames(names, endpoint)
  // The gateway reads it here, the provider would read it there: they must not be two.
  const file = submission.files.find(({ name }) => name === "model" || name === "stream" || name === "fallbacks")
  if (file) {
    throw new GatewayError("invalid_request", `${file.name} must be a text field, not a file`, {
      param: file.name,
      fields,
    })
  }
  const { model } = submission.fields
  const provider = typeof model === "string" ? providers.get(model.split("/", 1)[0] ?? "") : undefined
  const problem = endpoint.check(submission, provider?.optional[endpoint.requestType] ?? [])
  if (problem) throw refusalOf(problem, fields)
  const { service_tier: tier } = submission.fields
  if (tier !== undefined && tier !== null && typeof tier !== "string")
    throw refusalOf({ message: "service_tier must be a string", param: "service_tier" }, fields)
  const streamParam = endpoint.asksForStream(submission)
  if (streamParam !== null && endpoint.streamRefusal !== null) {
    throw new GatewayError("invalid_request", endpoint.streamRefusal, { param: streamParam, fields })
  }
  return checkTarget(model, "model", endpoint, providers)
}

export function refusalOf({ isUnsupported, message, param }: ParameterError, fields: ErrorFields): GatewayError {
  return new GatewayError(isUnsupported ? "unsupported_parameter" : "invalid_request", message, { param, fields })
}

/** What the gateway reads must be one for every reader: some take the first of two, or a name in another case. */
function checkNames(names: readonly string[], { reads, requestType }: Endpoint): void {
  for (let at = 0; at < names.length; at++) {
    const name = names[at] ?? ""
    const own = reads.includes(name) ? name : folded(name)
    if (own !== name && reads.includes(own)) {
      const message = `${cut(name)} could be read as ${own}: send it as ${own}, or not at all`
      throw new GatewayError("invalid_request", message, { param: cut(name), fields: { requestType } })
    }
    if (!reads.includes(own) || names.indexOf(name) === at) continue
    const message = `${name} is given twice: send it once`
    throw new GatewayError("invalid_request", message, { param: name, fields: { requestType } })
  }
}

/** What readers make of a name that do not tell cases apart, that end it at a NUL, or that take `name[]` for a list of `name`. */
function folded(name: string): string {
  if (/^[a-z0-9_]*$/.test(name)) return name
  const [text = ""] = name.split("\0", 1)
  // Both ways: the long s is an s only in upper case, the sign for kelvin a k only in lower case.
  return text
    .trim()
    .replace(/\[\d*\]$/, "")
    .toUpperCase()
    .toLowerCase()
}

/** What a `provider/model` names, of the primary or of a fallback. `param` says where it stands. */
function checkTarget(given: unknown, param: string, { requestType }: Endpoint, providers: Providers): Target {
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
    const message = whyUnknown(target.provider, providers)
    throw new GatewayError("unknown_provider", message, { param, fields: target })
  }
  if (provider.endpoints[requestType] === undefined) {
    const message = `${requestType} is not supported by ${provider.name} provider`
    throw new GatewayError("unsupported_operation", message, { param, fields: target })
  }
  return target
}

/** Where the job goes when the primary has failed it. The caller must be allowed there, and the gateway hold a key. */
export function fallbacksOf(
  { form, fields }: Submission,
  caller: Caller,
  endpoint: Endpoint,
  providers: Providers,
): Target[] {
  const given = fields["fallbacks"]
  if (given === undefined || given === null) return []
  // A form has text only: the list as JSON, or the one there is.
  const list = form === "multipart" && typeof given === "string" ? listIn(given) : given
  const refuse = (message: string) =>
    new GatewayError("invalid_request", message, { param: "fallbacks", fields: { requestType: endpoint.requestType } })
  if (!Array.isArray(list)) throw refuse("fallbacks must be a list of texts in the format 'provider/model'")
  if (list.length > FALLBACKS_MAX) throw refuse(`fallbacks has ${list.length} models: send at most ${FALLBACKS_MAX}`)
  return list.map((text, at) => {
    const target = checkTarget(text, `fallbacks[${at}]`, endpoint, providers)
    permit(caller, target)
    const provider = providers.get(target.provider)
    if (provider && canCall(provider, target.model, ANY_KEY, ownerOf(caller, null))) return target
    // A caller's own key is for the primary alone.
    throw noKeys(target, provider, { pinned: null, allowsOwnKeys: false })
  })
}

function listIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return [text]
  }
}

/** @param asked the key that the caller wants, by its id or name, or null; and whether it may send its own */
export function noKeys(
  target: Target,
  provider: ProviderSettings | undefined,
  { pinned, allowsOwnKeys }: { pinned: string | null; allowsOwnKeys: boolean },
): GatewayError {
  const call = { provider: target.provider, model: cut(target.model), pinned: pinned === null ? null : cut(pinned) }
  const message = explainMissingKey(provider, call, "caller", allowsOwnKeys)
  return new GatewayError("no_keys", message, { fields: target })
}
