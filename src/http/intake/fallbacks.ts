// Reads the member `fallbacks` of a body: the models that are tried when the one before has failed.
import type { Endpoint, Submission } from "../../endpoints/endpoint.ts"
import { GatewayError } from "../../errors.ts"
import { ANY_KEY, canCall } from "../../providers/keys.ts"
import { authorizeModel, type Caller, nameOwner } from "./caller.ts"
import { refuseNoKeys } from "./credentials.ts"
import { checkTarget, type Known, type Target } from "./target.ts"

/** The list is stored with the job, and each model of it is tried several times. */
const FALLBACKS_MAX = 16

/**
 * The fallbacks, in their order. The caller must be allowed to use each of them, and the gateway must have a key for it.
 * @throws {GatewayError} invalid_request, model_blocked, no_keys, …
 */
export function readFallbacks(
  { form, fields }: Submission,
  caller: Caller,
  endpoint: Endpoint,
  known: Known,
): Target[] {
  const given = fields["fallbacks"]
  if (given === undefined || given === null) return []
  // A field of a form is text: a JSON list, or a single model.
  const list = form === "multipart" && typeof given === "string" ? parseList(given) : given
  const refuse = (message: string) =>
    new GatewayError("invalid_request", message, { param: "fallbacks", fields: { requestType: endpoint.requestType } })
  if (!Array.isArray(list)) throw refuse("fallbacks must be a list of texts in the format 'provider/model'")
  if (list.length > FALLBACKS_MAX) throw refuse(`fallbacks has ${list.length} models: send at most ${FALLBACKS_MAX}`)
  return list.map((text, at) => {
    const target = checkTarget(text, `fallbacks[${at}]`, endpoint, known)
    authorizeModel(caller, target)
    const provider = known.providers.get(target.provider)
    if (provider && canCall(provider, target.model, ANY_KEY, nameOwner(caller, null))) return target
    // A caller's own key is used for the first provider only.
    throw refuseNoKeys(target, provider, { pinned: null, allowsCallerKeys: false })
  })
}

function parseList(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return [text]
  }
}
