// Authorises calls to Amazon Bedrock with a Bedrock API key, or by signing them with an access key of the settings, a file or the machine.
import { AwsV4Signer } from "aws4fetch"
import type { CallContext } from "../adapter.ts"
import { type Answer, readMembers, readText, receive, send } from "../transport.ts"
import { createKeep, type Fetched, type Made, none, readTextFile, verified } from "./fetched.ts"

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

/**
 * With a key, the machine's credentials are not used. When the options name a role, the credentials of the role are used instead.
 * May throw when the call is aborted.
 */
export async function awsCredentials(
  key: string | null,
  options: Options,
  context: CallContext,
): Promise<Fetched<AwsCredentials>> {
  const line = verified(context)
  const found: Fetched<AwsCredentials> =
    key !== null
      ? { kind: "ready", value: parseCredentials(key) }
      : await keep(JSON.stringify({ ...options, roleArn: "" }), line, async (signal) => {
          const get: Get = async (url, headers, method = "GET") =>
            await receive(await send({ ...line, signal }, url, { method, headers }), line.clock)
          return (
            (await fromFile(options)) ??
            (await fromContainer(options, get, context)) ??
            (await fromMachine(options, get, context))
          )
        })
  if (options["roleArn"] === undefined || found.kind === "missing") return found
  const { value } = found
  if ("bearer" in value)
    return none("a Bedrock API key cannot assume a role: give an access key, or leave role_arn out")
  const name = JSON.stringify([key, options])
  return await keep(name, line, (signal) => assumeRole(value, options, { ...line, signal }))
}

/** Adds the authorisation to the headers of a request. @param now in epoch milliseconds */
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
  return await signed({ url, headers, body }, credentials, { service: "bedrock", region }, now)
}

async function signed(
  request: { url: string; headers: Headers; body: string },
  credentials: AccessKey,
  scope: { service: string; region: string },
  now: number,
): Promise<Headers> {
  const datetime = new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, "")
  const signer = new AwsV4Signer({ method: "POST", ...request, ...scope, datetime, ...credentials })
  return (await signer.sign()).headers
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
async function assumeRole(
  credentials: AccessKey,
  options: Options,
  context: CallContext,
): Promise<Made<AwsCredentials>> {
  const { region = "us-east-1", roleArn = "", externalId, sessionName = "asyncgate", stsUrl } = options
  const suffix = region.startsWith("cn-") ? ".cn" : ""
  const url = stsUrl ?? `https://sts.${region}.amazonaws.com${suffix}/`
  const form = { Action: "AssumeRole", Version: "2011-06-15", RoleArn: roleArn, RoleSessionName: sessionName }
  const body = String(new URLSearchParams({ ...form, ...(externalId === undefined ? {} : { ExternalId: externalId }) }))
  const plain = new Headers({ "content-type": "application/x-www-form-urlencoded; charset=utf-8" })
  const { clock } = context
  const wall = clock.wall()
  const headers = await signed({ url, headers: plain, body }, credentials, { service: "sts", region }, wall)
  const answer = await receive(await send(context, url, { headers, body }), clock)
  const text = readText(answer)
  const tag = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1]
  const found = accessKey(tag("AccessKeyId"), tag("SecretAccessKey"), tag("SessionToken"))
  if (answer.isOk && found !== null) {
    const leftMs = Date.parse(tag("Expiration") ?? "") - clock.wall()
    return { fetched: { kind: "ready", value: found }, expiresAt: clock.now() + (leftMs || 0) }
  }
  const message = `AWS did not give the role (${answer.status}): ${tag("Message") ?? tag("Code") ?? "no reason"}`
  const why = answer.status === 429 || answer.status >= 500 ? "unconnected" : "refused"
  return { fetched: { kind: "missing", why, message: message.slice(0, 500) }, expiresAt: 0 }
}

/** Access key ids have only letters, digits and underscores; a Bedrock API key has other characters before its first colon: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html */
function parseCredentials(key: string): AwsCredentials {
  const [, accessKeyId = "", secretAccessKey = "", sessionToken] = /^(\w{4,128}):([^:]+)(?::(.+))?$/.exec(key) ?? []
  if (accessKeyId === "") return { bearer: key }
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}

type Get = (url: string, headers: Record<string, string>, method?: "GET" | "PUT") => Promise<Answer>

/** Reads the file for every call, because it may change at any time. https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
async function fromFile({ credentialsFile, profile = "default" }: Options): Promise<Made<AwsCredentials> | null> {
  const text = await readTextFile(credentialsFile)
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
  // To another address the token would leave the machine unencrypted.
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
  const token = file === undefined ? options["containerToken"] : (await readTextFile(file)).trim()
  return answered(await get(url, token ? { authorization: token } : {}), context)
}

/** IMDSv2: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html */
async function fromMachine(
  { metadataUrl = METADATA_URL }: Options,
  get: Get,
  context: CallContext,
): Promise<Made<AwsCredentials>> {
  if (metadataUrl === "off") return { fetched: none(`no AWS credentials found: ${HOW}`), expiresAt: 0 }
  const session = { "x-aws-ec2-metadata-token-ttl-seconds": String(METADATA_TOKEN_SECONDS) }
  const token = await get(`${metadataUrl}/latest/api/token`, session, "PUT")
  const headers = { "x-aws-ec2-metadata-token": readText(token) }
  const roles = `${metadataUrl}/latest/meta-data/iam/security-credentials/`
  const role = await get(roles, headers)
  if (!token.isOk || !role.isOk) return { fetched: none(`this machine has no role: ${HOW}`), expiresAt: 0 }
  return answered(await get(roles + readText(role).trim(), headers), context)
}

function answered(answer: Answer, { clock }: CallContext): Made<AwsCredentials> {
  const said = readMembers(answer)
  const found = accessKey(said["AccessKeyId"], said["SecretAccessKey"], said["Token"])
  if (!answer.isOk || found === null) {
    const message = `credentials were refused with ${answer.status}`
    return { fetched: { kind: "missing", why: "refused", message }, expiresAt: 0 }
  }
  // AWS sends a date, and the machine's clock may have been set since the process started.
  const leftMs = Date.parse(String(said["Expiration"])) - clock.wall()
  return { fetched: { kind: "ready", value: found }, expiresAt: clock.now() + (leftMs || 0) }
}

function accessKey(id: unknown, secret: unknown, session: unknown): AccessKey | null {
  if (typeof id !== "string" || typeof secret !== "string") return null
  return { accessKeyId: id, secretAccessKey: secret, ...(typeof session === "string" ? { sessionToken: session } : {}) }
}
