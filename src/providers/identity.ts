// A call that an access token authorises instead of a key. Loaded with the first one.
import type { Outcome } from "../call.ts"
import type { Attempt, Step } from "./adapter.ts"
import { entraToken } from "./credentials/entra.ts"
import { withoutCredentials } from "./credentials/fetched.ts"
import type { EntraIdentity } from "./provider.ts"

/** May throw what fetch throws. */
export async function performAs(identity: EntraIdentity, step: Step, attempt: Attempt): Promise<Outcome> {
  const { call, provider, context } = attempt
  const token = await entraToken(identity, context)
  if (token.kind === "missing") return withoutCredentials(call.provider, token)
  const authorization = { header: "authorization", prefix: "Bearer " }
  return await step({ call, provider: { ...provider, authorization }, key: token.value, context })
}
