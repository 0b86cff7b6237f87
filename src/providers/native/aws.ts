// Authorises calls to Amazon Bedrock: by a Bedrock API key, or signed with an access key of the settings, a file or the machine.
import { AwsV4Signer } from "aws4fetch"
import { recordOf } from "../../endpoints/usage.ts"
import type { CallContext } from "../perform.ts"
import { createKeep, type Fetched, type Made, none, textOf } from "./credentials.ts"

export type AwsCredentials = { bearer: string } | AccessKey

interface AccessKey {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

type Options = Readonly<Record<string, string>>

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html */
const METADATA_URL = "http://169.254.169.254"
const METADATA_TOKEN_SECONDS = 21_600
const HOW =
  "give the key as a Bedrock API key or as ACCESS_KEY_ID:SECRET_ACCESS_KEY[:SESSION_TOKEN], or run where AWS gives credentials"

const keep = createKeep<AwsCredentials>()

/** With a key nothing of the machine is asked. May throw when the call is aborted. */
export async function awsCredentials(
  key: string | null,
  options: Options,
  context: CallContext,
): Promise<Fetched<AwsCredentials>> {
  if (key !== null) return { kind: "ready", value: credentialsOf(key) }
  return await keep(JSON.stringify(options), context, async (signal) => {
    const { fetch } = context
    const get: Get = (url, init = {}) => fetch(url, { ...init, redirect: "manual", signal })
    return (
      (await fromFile(options)) ??
      (await fromContainer(options, get, context)) ??
      (await fromMachine(options, get, context))
    )
  })
}

/** The headers of a request with its authorisation. `now` in epoch milliseconds. */
export async function authorisedForAws(
  { url, headers, body }: { url: string; headers: Headers; body: string },
  credentials: AwsCredentials,
  region: string,
  now: number,
): Promise<Headers> {
  headers.delete("authorization")
  if ("bearer" in credentials) {
    headers.set("authorization", `Bearer ${credentials.bearer}`)
    return headers
  }
  const datetime = new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, "")
  const signer = new AwsV4Signer({
    method: "POST",
    url,
    headers,
    body,
    service: "bedrock",
    region,
    datetime,
    ...credentials,
  })
  return (await signer.sign()).headers
}

/** Access key ids are capitals and digits: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html */
function credentialsOf(key: string): AwsCredentials {
  const [, accessKeyId = "", secretAccessKey = "", sessionToken] =
    /^([A-Z0-9]{16,128}):([^:]+)(?::(.+))?$/.exec(key) ?? []
  if (accessKeyId === "") return { bearer: key }
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}

type Get = (url: string, init?: RequestInit) => Promise<Response>

/** Read for every call: it may be written anew at any time. https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
async function fromFile({ credentialsFile, profile = "default" }: Options): Promise<Made<AwsCredentials> | null> {
  const text = await textOf(credentialsFile)
  const settings = new Map<string, string>()
  let section = ""
  for (const line of text.split(/\r?\n/)) {
    section = /^\s*\[\s*(.+?)\s*\]/.exec(line)?.[1] ?? section
    const [, name, value] = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (section === profile && name !== undefined && value !== undefined) settings.set(name, value)
  }
  const found = accessKey(
    settings.get("aws_access_key_id"),
    settings.get("aws_secret_access_key"),
    settings.get("aws_session_token"),
  )
  return found && { fetched: { kind: "ready", value: found }, expiresAt: 0 }
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
async function fromContainer(options: Options, get: Get, context: CallContext): Promise<Made<AwsCredentials> | null> {
  const { containerUrl: url, containerTokenFile: file } = options
  if (url === undefined) return null
  // Elsewhere the token would leave the machine in the clear.
  if (
    !/^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost|\[::1\]|169\.254\.170\.2|169\.254\.170\.23|\[fd00:ec2::23\])(:|\/))/.test(
      url,
    )
  ) {
    return {
      fetched: none(`credentials are not fetched from ${new URL(url).host}: it is neither https nor AWS's own`),
      expiresAt: 0,
    }
  }
  const token = file === undefined ? options["containerToken"] : (await textOf(file)).trim()
  return await answered(await get(url, token ? { headers: { authorization: token } } : {}), context)
}

/** IMDSv2: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html */
async function fromMachine(
  { metadataUrl = METADATA_URL }: Options,
  get: Get,
  context: CallContext,
): Promise<Made<AwsCredentials>> {
  if (metadataUrl === "off") return { fetched: none(`no AWS credentials found: ${HOW}`), expiresAt: 0 }
  const session = { "x-aws-ec2-metadata-token-ttl-seconds": String(METADATA_TOKEN_SECONDS) }
  const token = await get(`${metadataUrl}/latest/api/token`, { method: "PUT", headers: session })
  const headers = { "x-aws-ec2-metadata-token": await token.text() }
  const roles = `${metadataUrl}/latest/meta-data/iam/security-credentials/`
  const role = await get(roles, { headers })
  if (!token.ok || !role.ok) return { fetched: none(`this machine has no role: ${HOW}`), expiresAt: 0 }
  return await answered(await get(roles + (await role.text()).trim(), { headers }), context)
}

async function answered(response: Response, { clock }: CallContext): Promise<Made<AwsCredentials>> {
  const answer = recordOf(await response.json().catch(() => null))
  const found = accessKey(answer["AccessKeyId"], answer["SecretAccessKey"], answer["Token"])
  if (!response.ok || found === null) {
    const message = `credentials were refused with ${response.status}`
    return { fetched: { kind: "missing", why: "refused", message }, expiresAt: 0 }
  }
  // Theirs is a date, and the machine's clock may have been set since the process started.
  const leftMs = Date.parse(String(answer["Expiration"])) - clock.wall()
  return { fetched: { kind: "ready", value: found }, expiresAt: clock.now() + (leftMs || 0) }
}

function accessKey(id: unknown, secret: unknown, session: unknown): AccessKey | null {
  if (typeof id !== "string" || typeof secret !== "string") return null
  return { accessKeyId: id, secretAccessKey: secret, ...(typeof session === "string" ? { sessionToken: session } : {}) }
}
