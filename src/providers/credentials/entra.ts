// Fetches access tokens of Microsoft Entra ID with a client secret, a federated token, or the identity of the machine.
import type { CallContext } from "../adapter.ts"
import type { EntraIdentity } from "../provider.ts"
import { type Answer, readMembers, receive, send } from "../transport.ts"
import { createKeep, type Fetched, type Made, none, readTextFile, verified } from "./fetched.ts"

/** https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential */
const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
const MACHINE_API = "2018-02-01"
const PLATFORM_API = "2019-08-01"

const keep = createKeep<string>()

/** Fetches a token once for all calls of this thread, and again before it expires. May throw when the call is aborted. */
export async function entraToken(identity: EntraIdentity, context: CallContext): Promise<Fetched<string>> {
  const line = verified(context)
  return await keep(JSON.stringify(identity), line, async (signal) => {
    const within = { ...line, signal }
    return identity.kind === "managed" ? await ofMachine(identity, within) : await ofClient(identity, within)
  })
}

/** https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow#get-a-token */
async function ofClient(identity: EntraIdentity, context: CallContext): Promise<Made<string>> {
  const { kind, tenantId, clientId, clientSecret, tokenFile, scope, authority } = identity
  const assertion = kind === "federated" ? (await readTextFile(tokenFile)).trim() : ""
  if (kind === "federated" && assertion === "") {
    return { fetched: none("the file of AZURE_FEDERATED_TOKEN_FILE cannot be read, or is empty"), expiresAt: 0 }
  }
  const proof =
    kind === "federated"
      ? { client_assertion_type: ASSERTION, client_assertion: assertion }
      : { client_secret: clientSecret }
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id: clientId, scope, ...proof })
  const sent = await send(context, `${authority}/${tenantId}/oauth2/v2.0/token`, { headers: {}, body })
  return answered(await receive(sent, context.clock), [clientSecret, assertion], context.clock.now())
}

/**
 * The identity service of a virtual machine, or of the platform.
 * https://learn.microsoft.com/en-us/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#get-a-token-using-http,
 * https://learn.microsoft.com/en-us/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
async function ofMachine(identity: EntraIdentity, context: CallContext): Promise<Made<string>> {
  const { clientId, scope, authority, platformSecret } = identity
  const isPlatform = platformSecret !== ""
  const query = new URLSearchParams({
    "api-version": isPlatform ? PLATFORM_API : MACHINE_API,
    resource: scope.replace(/\/\.default$/, ""),
    ...(clientId === "" ? {} : { client_id: clientId }),
  })
  const url = `${isPlatform ? authority : `${authority}/metadata/identity/oauth2/token`}?${query}`
  const headers = isPlatform ? { "x-identity-header": platformSecret } : { metadata: "true" }
  let answer: Answer
  try {
    answer = await receive(await send(context, url, { method: "GET", headers }), context.clock)
  } catch {
    return { fetched: none(HOW), expiresAt: 0 }
  }
  return answered(answer, [platformSecret], context.clock.now())
}

const HOW =
  "no credentials found: give the key a value, or client_id, client_secret and tenant_id, or run where Azure gives an identity"

function answered(answer: Answer, secrets: readonly string[], now: number): Made<string> {
  const { access_token, expires_in, error, error_description } = readMembers(answer)
  if (answer.isOk && typeof access_token === "string" && access_token !== "") {
    // The machine's service sends the number as a text.
    const seconds = Number(expires_in)
    const expiresAt = Number.isFinite(seconds) ? now + seconds * 1000 : now
    return { fetched: { kind: "ready", value: access_token }, expiresAt }
  }
  // The first line says what is wrong. The others describe the request.
  const said = String(error_description ?? error ?? "no reason").split(/\r?\n/, 1)[0] ?? ""
  const reason = secrets
    .filter((secret) => secret !== "")
    .reduce((text, secret) => text.replaceAll(secret, "[key]"), said)
  const message = `Microsoft Entra ID gave no token (${answer.status}): ${reason.slice(0, 500)}`
  const isPassing = answer.status === 429 || answer.status >= 500
  return { fetched: { kind: "missing", why: isPassing ? "unconnected" : "refused", message }, expiresAt: 0 }
}
