// Authorises calls to Vertex AI with an API key or an access token. A service account, a user's login or the machine gives the token.
import { asRecord } from "../../values.ts"
import type { CallContext } from "../adapter.ts"
import { type Answer, readMembers, receive, send } from "../transport.ts"
import { createKeep, type Fetched, type Made, none, readTextFile, verified } from "./fetched.ts"

export interface GoogleCredentials {
  headers: Record<string, string>
  /** The project that the credentials belong to, if they name it. */
  project: string | null
}

type Options = Readonly<Record<string, string>>
type Fields = Record<string, unknown>

/** The only address at which keys are exchanged. A key may be a caller's, so that an address in it is ignored. */
const TOKEN_URL = "https://oauth2.googleapis.com/token"
/** https://docs.cloud.google.com/compute/docs/metadata/querying-metadata */
const METADATA_URL = "http://metadata.google.internal"
const SCOPE = "https://www.googleapis.com/auth/cloud-platform"
/** The maximum. https://developers.google.com/identity/protocols/oauth2/service-account#jwt-auth */
const CLAIM_SECONDS = 3600
const HOW =
  "give the key as the text of a service account's JSON file, its base64, an API key or an access token, or run where Google gives credentials"

const keep = createKeep<GoogleCredentials>()

/** With a key, the machine's credentials are not used. May throw when the call is aborted. */
export async function googleCredentials(
  key: string | null,
  options: Options,
  context: CallContext,
): Promise<Fetched<GoogleCredentials>> {
  const line = verified(context)
  const account = parseAccount(key ?? "")
  if (key !== null && account === null) return { kind: "ready", value: { headers: buildHeaders(key), project: null } }
  return await keep(key ?? JSON.stringify(options), line, async (signal) => {
    const found = account ?? parseAccount(await readTextFile(options["credentialsFile"]))
    return found ? await exchange(found, options, line, signal) : await fromMachine(options, line, signal)
  })
}

/** An API key has a form of its own: https://docs.cloud.google.com/docs/authentication/api-keys */
function buildHeaders(key: string): Record<string, string> {
  return /^(AIza|AQ\.)/.test(key) ? { "x-goog-api-key": key } : { authorization: `Bearer ${key}` }
}

/** The JSON file of a service account or of a user's login, as text or base64. Null when the key is neither. */
function parseAccount(text: string): Fields | null {
  const json = /^[\w+/=\s-]+$/.test(text) ? Buffer.from(text, "base64").toString() : text
  try {
    const found = asRecord(JSON.parse(json))
    return typeof found["type"] === "string" ? found : null
  } catch {
    return null
  }
}

/** https://developers.google.com/identity/protocols/oauth2/service-account#httprest, https://developers.google.com/identity/protocols/oauth2/web-server#offline */
async function exchange(
  account: Fields,
  options: Options,
  context: CallContext,
  signal: AbortSignal,
): Promise<Made<GoogleCredentials>> {
  const { clock } = context
  const { type, client_id, client_secret, refresh_token, project_id, quota_project_id } = account
  const url = options["tokenUrl"] ?? TOKEN_URL
  let form: Record<string, string>
  if (type === "authorized_user") {
    form = { grant_type: "refresh_token", ...texts({ client_id, client_secret, refresh_token }) }
  } else if (type === "service_account") {
    const assertion = await claim(account, url, Math.floor(clock.wall() / 1000))
    if (assertion === null) return { fetched: none("the service account's private_key cannot be read"), expiresAt: 0 }
    form = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }
  } else return { fetched: none(`credentials of the type ${type} are not supported: ${HOW}`), expiresAt: 0 }
  const body = new URLSearchParams(form)
  const response = await receive(await send({ ...context, signal }, url, { headers: {}, body }), clock)
  const project = project_id ?? quota_project_id
  return answered(response, typeof project === "string" ? project : null, clock.now())
}

async function fromMachine(
  { metadataUrl = METADATA_URL }: Options,
  context: CallContext,
  signal: AbortSignal,
): Promise<Made<GoogleCredentials>> {
  const { clock } = context
  const path = "/computeMetadata/v1/instance/service-accounts/default/token"
  const headers = { "metadata-flavor": "Google" }
  try {
    const sent = await send({ ...context, signal }, metadataUrl + path, { method: "GET", headers })
    return answered(await receive(sent, clock), null, clock.now())
  } catch {
    return { fetched: none(`no Google credentials found: ${HOW}`), expiresAt: 0 }
  }
}

function answered(answer: Answer, project: string | null, now: number): Made<GoogleCredentials> {
  const { access_token, expires_in, error, error_description } = readMembers(answer)
  if (!answer.isOk || typeof access_token !== "string") {
    const message = `Google gave no access token (${answer.status}): ${error_description ?? error ?? "no reason"}`
    return { fetched: { kind: "missing", why: "refused", message }, expiresAt: 0 }
  }
  const value = { headers: { authorization: `Bearer ${access_token}` }, project }
  return { fetched: { kind: "ready", value }, expiresAt: now + Number(expires_in) * 1000 }
}

/** A signed assertion of the service account. Null when its key is invalid. @param now in epoch seconds */
async function claim(account: Fields, audience: string, now: number): Promise<string | null> {
  const { client_email, private_key, private_key_id } = account
  const pem = String(private_key).replace(/-----[A-Z ]+-----|\s/g, "")
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
  try {
    const signing = await crypto.subtle.importKey("pkcs8", Buffer.from(pem, "base64"), algorithm, false, ["sign"])
    const head = encoded({ alg: "RS256", typ: "JWT", kid: private_key_id })
    const body = encoded({ iss: client_email, scope: SCOPE, aud: audience, iat: now, exp: now + CLAIM_SECONDS })
    const signature = await crypto.subtle.sign(algorithm.name, signing, new TextEncoder().encode(`${head}.${body}`))
    return `${head}.${body}.${Buffer.from(signature).toString("base64url")}`
  } catch {
    return null
  }
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url")
}

function texts(members: Fields): Record<string, string> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, String(value ?? "")]))
}
