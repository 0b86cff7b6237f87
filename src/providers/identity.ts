// A call that an access token authorises instead of a key. Loaded with the first one.
import type { Outcome } from "../call.ts"
import { withoutCredentials } from "./credentials/credentials.ts"
import { entraToken } from "./credentials/entra.ts"
import type { Ask, CallContext } from "./perform.ts"
import type { Placed } from "./placed.ts"
import type { EntraIdentity } from "./provider.ts"

/** May throw what fetch throws. */
export async function askAs(
  identity: EntraIdentity,
  ask: Ask,
  { call, provider }: Placed,
  context: CallContext,
): Promise<Outcome> {
  const token = await entraToken(identity, context)
  if (token.kind === "missing") return withoutCredentials(call.provider, token)
  const authorization = { header: "authorization", prefix: "Bearer " }
  return await ask(call, { ...provider, authorization }, context, token.value)
}
