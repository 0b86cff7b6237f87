import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { join } from "node:path"
import type { Clock } from "../../../src/clock.ts"
import { awsCredentials } from "../../../src/providers/credentials/aws.ts"
import { entraToken } from "../../../src/providers/credentials/entra.ts"
import type { EntraIdentity } from "../../../src/providers/provider.ts"
import { tempDir } from "../../cleanup.ts"
import { startUpstream, type Upstream } from "../../upstream.ts"
import { contextOf, NOW, stopped } from "../chat/exercise.ts"

let upstream: Upstream
beforeEach(() => {
  upstream = startUpstream()
})
afterEach(() => upstream.stop())

const MINUTE = 60_000
const at = (now: number): Clock => ({ ...stopped, now: () => now })
const scope = "https://cognitiveservices.azure.com/.default"

let ids = 0
/** Each another one, so that no test finds another's token. */
function identity(over: Partial<EntraIdentity> = {}): EntraIdentity {
  const client = { tenantId: "my-tenant", clientId: `client-${++ids}`, clientSecret: "very-secret" }
  return { kind: "secret", ...client, tokenFile: "", scope, authority: upstream.url, platformSecret: "", ...over }
}

const granted = (token: string, expires_in: unknown = 3600) =>
  Response.json({ token_type: "Bearer", expires_in, access_token: token })
const form = (index: number) => Object.fromEntries(new URLSearchParams(upstream.received[index]?.body))

describe("a token of Entra ID", () => {
  test("is given for a client's secret, at its tenant's own place", async () => {
    upstream.answer(() => granted("t1"))
    const one = identity()
    expect(await entraToken(one, contextOf())).toEqual({ kind: "ready", value: "t1" })
    expect(upstream.received[0]?.path).toBe("/my-tenant/oauth2/v2.0/token")
    expect(form(0)).toEqual({
      grant_type: "client_credentials",
      client_id: one.clientId,
      client_secret: "very-secret",
      scope,
    })
  })

  test("is asked for once for all calls, and again before it ends", async () => {
    let count = 0
    upstream.answer(() => granted(`t${count++}`))
    const one = identity()
    const ask = (now: number) => entraToken(one, contextOf({ clock: at(now) }))
    const ready = (value: string) => ({ kind: "ready" as const, value })
    expect(await Promise.all([ask(NOW), ask(NOW), ask(NOW)])).toEqual([ready("t0"), ready("t0"), ready("t0")])
    expect(await ask(NOW + 54 * MINUTE)).toEqual(ready("t0"))
    expect(await ask(NOW + 56 * MINUTE)).toEqual(ready("t1"))
    expect(upstream.received).toHaveLength(2)
    // Whoever has the same client with another secret gets nothing of this one's.
    expect(await entraToken({ ...one, clientSecret: "another" }, contextOf())).toEqual(ready("t2"))
  })

  test("is given for a workload's own token, read anew from its file", async () => {
    upstream.answer(() => granted("t1"))
    const tokenFile = join(tempDir(), "token")
    const one = identity({ kind: "federated", tokenFile })
    expect(await entraToken(one, contextOf())).toMatchObject({ kind: "missing", why: "none" })
    await Bun.write(tokenFile, "signed.by.the.cluster\n")
    expect(await entraToken(one, contextOf())).toEqual({ kind: "ready", value: "t1" })
    expect(form(0)).toMatchObject({
      client_assertion: "signed.by.the.cluster",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    })
    expect(form(0)).not.toHaveProperty("client_secret")
  })

  test("is given by the machine, or by the platform with its own secret", async () => {
    upstream.answer(() => granted("t1", "3600"))
    const machine = identity({ kind: "managed" })
    expect(await entraToken(machine, contextOf())).toEqual({ kind: "ready", value: "t1" })
    const platform = identity({
      kind: "managed",
      clientId: "",
      authority: `${upstream.url}/msi/token`,
      platformSecret: "h",
    })
    expect(await entraToken(platform, contextOf())).toEqual({ kind: "ready", value: "t1" })
    const [first, second] = upstream.received
    const resource = "resource=https%3A%2F%2Fcognitiveservices.azure.com"
    expect(first).toMatchObject({
      method: "GET",
      path: "/metadata/identity/oauth2/token",
      headers: { metadata: "true" },
    })
    expect(first?.search).toBe(`?api-version=2018-02-01&${resource}&client_id=${machine.clientId}`)
    expect(second).toMatchObject({ path: "/msi/token", headers: { "x-identity-header": "h" } })
    expect(second?.search).toBe(`?api-version=2019-08-01&${resource}`)
  })

  test("that is refused says why in one line, without the secret, and is asked for again by the next call", async () => {
    const said = "AADSTS7000215: Invalid client secret provided: very-secret.\r\nTrace ID: 1\r\nCorrelation ID: 2"
    upstream.answer(() => Response.json({ error: "invalid_client", error_description: said }, { status: 401 }))
    const one = identity()
    expect(await entraToken(one, contextOf())).toEqual({
      kind: "missing",
      why: "refused",
      message: "Microsoft Entra ID gave no token (401): AADSTS7000215: Invalid client secret provided: [key].",
    })
    upstream.answer(() => granted("t1"))
    expect(await entraToken(one, contextOf())).toEqual({ kind: "ready", value: "t1" })
  })

  test.each([429, 500, 503])("is not refused by %d: that passes", async (status) => {
    upstream.answer(() => new Response("busy", { status }))
    expect(await entraToken(identity(), contextOf())).toMatchObject({ kind: "missing", why: "unconnected" })
  })

  test.each([
    ["no JSON", () => new Response("<html>")],
    ["no token", () => Response.json({ expires_in: 3600 })],
    ["an empty token", () => granted("")],
  ])("is none where the answer is %s", async (_, handler) => {
    upstream.answer(handler)
    expect(await entraToken(identity(), contextOf())).toMatchObject({ kind: "missing", why: "refused" })
  })

  test("is none where nobody gives one", async () => {
    const one = identity()
    const machine = identity({ kind: "managed" })
    await upstream.stop()
    expect(await entraToken(one, contextOf())).toMatchObject({ kind: "missing", why: "unconnected" })
    expect(await entraToken(machine, contextOf())).toMatchObject({ kind: "missing", why: "none" })
  })

  test("without a lifetime is used for this call alone", async () => {
    upstream.answer(() => granted("t1", "soon"))
    const one = identity()
    for (let time = 0; time < 2; time++) await entraToken(one, contextOf())
    expect(upstream.received).toHaveLength(2)
  })

  test("is never asked for over a connection whose certificate is not looked at", async () => {
    const tls: unknown[] = []
    const fetch = (async (_: string, init: { tls?: unknown }) => {
      tls.push(init.tls)
      return granted("t1")
    }) as unknown as typeof globalThis.fetch
    const network = { proxy: "http://proxy:1", tls: { rejectUnauthorized: false, ca: ["pem"] } }
    await entraToken(identity({ authority: "https://login.example" }), { ...contextOf({ fetch }), network })
    expect(tls).toEqual([{ ca: ["pem"] }])
  })
})

describe("a role of AWS", () => {
  const key = "AKIAIOSFODNN7EXAMPLE:secret"
  const assumed = (expiration: string) =>
    new Response(
      `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1234</AccessKeyId><SecretAccessKey>s2</SecretAccessKey><SessionToken>t2</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
    )
  const options = (over = {}) => ({
    ...{ region: "eu-west-1", roleArn: `arn:aws:iam::1:role/r${++ids}`, externalId: "e", sessionName: "n" },
    ...{ stsUrl: `${upstream.url}/`, ...over },
  })

  test("is taken on with an access key, and again before it ends", async () => {
    upstream.answer(() => assumed(new Date(NOW + 60 * MINUTE).toISOString()))
    const one = options()
    const ready = {
      kind: "ready" as const,
      value: { accessKeyId: "ASIA1234", secretAccessKey: "s2", sessionToken: "t2" },
    }
    const ask = (now: number) => awsCredentials(key, one, contextOf({ clock: at(now) }))
    expect(await Promise.all([ask(NOW), ask(NOW + 50 * MINUTE)])).toEqual([ready, ready])
    expect(upstream.received).toHaveLength(1)
    expect(form(0)).toEqual({
      ...{ Action: "AssumeRole", Version: "2011-06-15", RoleArn: one.roleArn, RoleSessionName: "n", ExternalId: "e" },
    })
    expect(upstream.received[0]?.headers["authorization"]).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\/20260101\/eu-west-1\/sts\/aws4_request/,
    )
    await ask(NOW + 56 * MINUTE)
    expect(upstream.received).toHaveLength(2)
  })

  test("that is refused says why, and a Bedrock API key takes on none", async () => {
    const said =
      "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>"
    upstream.answer(() => new Response(said, { status: 403 }))
    expect(await awsCredentials(key, options(), contextOf())).toEqual({
      ...{ kind: "missing", why: "refused" },
      message: "AWS did not give the role (403): not authorized to perform: sts:AssumeRole",
    })
    expect(await awsCredentials("bedrock-api-key-x", options(), contextOf())).toMatchObject({
      kind: "missing",
      why: "none",
    })
  })
})
