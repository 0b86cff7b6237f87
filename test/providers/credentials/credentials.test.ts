import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { generateKeyPairSync, verify } from "node:crypto"
import { join } from "node:path"
import type { Clock } from "../../../src/clock.ts"
import { readOptions } from "../../../src/providers/chat/family.ts"
import { awsCredentials } from "../../../src/providers/credentials/aws.ts"
import { googleCredentials } from "../../../src/providers/credentials/googlelogin.ts"
import { tempDir } from "../../cleanup.ts"
import { type Handler, startUpstream, type Upstream } from "../../upstream.ts"
import { contextOf, exercise, NOW, players, stopped } from "../chat/exercise.ts"

let upstream: Upstream
let folder: string
beforeEach(() => {
  upstream = startUpstream()
  folder = tempDir()
})
afterEach(async () => {
  await upstream.stop()
})

const HOUR = 3_600_000
const at = (now: number): Clock => ({ ...stopped, now: () => now, wall: () => now })
const nobody = (() => Promise.reject(new Error("nobody is asked"))) as unknown as typeof fetch

describe("of AWS,", () => {
  const id = "ASIAIOSFODNN7EXAMPLE"
  const role = (expiresAt = NOW + HOUR) => ({
    ...{ AccessKeyId: id, SecretAccessKey: "secret", Token: "token" },
    Expiration: new Date(expiresAt).toISOString(),
  })
  const ready = { kind: "ready", value: { accessKeyId: id, secretAccessKey: "secret", sessionToken: "token" } }

  test("a key is an access key, with or without a session, or else a bearer's", async () => {
    const given = async (key: string) =>
      (await awsCredentials(key, {}, contextOf({ fetch: nobody }))) as { value: unknown }
    expect((await given(`${id}:se/cr+et`)).value).toEqual({ accessKeyId: id, secretAccessKey: "se/cr+et" })
    expect((await given(`${id}:secret:to:ken`)).value).toEqual({
      accessKeyId: id,
      secretAccessKey: "secret",
      sessionToken: "to:ken",
    })
    expect((await given("bedrock-api-key-YmVk:x")).value).toEqual({ bearer: "bedrock-api-key-YmVk:x" })
  })

  test("a profile's stand in the file, read anew each time", async () => {
    const file = join(folder, "credentials")
    const options = { credentialsFile: file, profile: "work", metadataUrl: "off" }
    const context = contextOf({ fetch: nobody })
    expect(await awsCredentials(null, options, context)).toMatchObject({ kind: "missing", why: "none" })
    const section = (secret: string) =>
      `# mine\n[default]\naws_access_key_id = OTHER\naws_secret_access_key=x\n\n[ work ]\r\naws_access_key_id=${id}\naws_secret_access_key = ${secret} \naws_session_token=token\nregion=eu-west-1\n`
    for (const secret of ["first", "secret"]) {
      await Bun.write(file, section(secret))
      expect(await awsCredentials(null, options, context)).toMatchObject({
        value: { ...ready.value, secretAccessKey: secret },
      })
    }
  })

  test("a container's are asked for with its token", async () => {
    upstream.answer(() => Response.json(role()))
    const tokenFile = join(folder, "token")
    await Bun.write(tokenFile, "from the file\n")
    const containerUrl = `${upstream.url}/v2/credentials/1`
    const both = { containerUrl, containerToken: "Basic abc", containerTokenFile: tokenFile }
    expect(await awsCredentials(null, { containerUrl, containerToken: "Basic abc" }, contextOf())).toEqual(
      ready as never,
    )
    expect(await awsCredentials(null, both, contextOf())).toEqual(ready as never)
    expect(upstream.received.map(({ path, headers }) => [path, headers["authorization"]])).toEqual([
      ["/v2/credentials/1", "Basic abc"],
      ["/v2/credentials/1", "from the file"],
    ])
  })

  test("a container's are never asked for in the clear anywhere else", async () => {
    const options = { containerUrl: "http://evil.example/credentials", containerToken: "secret" }
    const found = await awsCredentials(null, options, contextOf({ fetch: nobody }))
    expect(found).toMatchObject({ kind: "missing", why: "none", message: expect.stringContaining("evil.example") })
  })

  const machine: Handler = ({ method, path, headers }) => {
    if (method === "PUT" && path === "/latest/api/token" && headers["x-aws-ec2-metadata-token-ttl-seconds"] === "21600")
      return new Response("session")
    if (headers["x-aws-ec2-metadata-token"] !== "session") return new Response("", { status: 401 })
    const roles = "/latest/meta-data/iam/security-credentials/"
    if (path === roles) return new Response("my-role\n")
    return path === `${roles}my-role` ? Response.json(role()) : new Response("", { status: 404 })
  }

  test("a machine's are asked for once for all calls, and again before they end", async () => {
    upstream.answer(machine)
    const options = { metadataUrl: upstream.url, profile: "once" }
    const ask = (now: number) => awsCredentials(null, options, contextOf({ clock: at(now) }))
    expect(await Promise.all([ask(NOW), ask(NOW), ask(NOW + HOUR / 2)])).toEqual([ready, ready, ready] as never)
    expect(upstream.received).toHaveLength(3)
    expect(await ask(NOW + HOUR - 4 * 60_000)).toEqual(ready as never)
    expect(upstream.received).toHaveLength(6)
  })

  test("that are refused, or that nobody gives, say so", async () => {
    upstream.answer(() => Response.json({ Code: "AccessDenied" }, { status: 403 }))
    const refused = await awsCredentials(null, { containerUrl: `${upstream.url}/a` }, contextOf())
    expect(refused).toMatchObject({ kind: "missing", why: "refused", message: expect.stringContaining("403") })
    const alone = await awsCredentials(null, { metadataUrl: upstream.url }, contextOf())
    expect(alone).toMatchObject({
      kind: "missing",
      why: "none",
      message: expect.stringContaining("this machine has no role"),
    })
    const { url } = upstream
    await upstream.stop()
    expect(await awsCredentials(null, { containerUrl: `${url}/b` }, contextOf())).toMatchObject({ why: "unconnected" })
  })

  test("an aborted call waits for none, and takes nobody's with it", async () => {
    const going = Promise.withResolvers<void>()
    const release = Promise.withResolvers<Response>()
    upstream.answer(() => {
      going.resolve()
      return release.promise
    })
    const options = { containerUrl: `${upstream.url}/slow` }
    const abort = new AbortController()
    const first = awsCredentials(null, options, contextOf({ signal: abort.signal }))
    const second = awsCredentials(null, options, contextOf())
    await going.promise
    abort.abort(new Error("enough"))
    await expect(first).rejects.toThrow("enough")
    release.resolve(Response.json(role()))
    expect(await second).toEqual(ready as never)
    expect(upstream.received).toHaveLength(1)
  })
})

describe("of Google,", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const account = {
    ...{ type: "service_account", project_id: "my-project", private_key_id: "k1", client_email: "me@my-project.iam" },
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    token_uri: "https://evil.example/token",
  }
  const token = (name = "ya29.token") => Response.json({ access_token: name, expires_in: 3600, token_type: "Bearer" })
  const ready = (name = "ya29.token") => ({
    kind: "ready",
    value: { headers: { authorization: `Bearer ${name}` }, project: "my-project" },
  })
  const form = (index: number) => Object.fromEntries(new URLSearchParams(upstream.received[index]?.body))

  test("a service account is exchanged for a token by a claim that it signs, only at Google's own place", async () => {
    upstream.answer(() => token())
    const options = { tokenUrl: `${upstream.url}/token` }
    for (const key of [JSON.stringify(account), Buffer.from(JSON.stringify(account, null, 2)).toString("base64")]) {
      expect(await googleCredentials(key, options, contextOf())).toEqual(ready() as never)
    }
    const { grant_type, assertion = "" } = form(0)
    expect(grant_type).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer")
    const [head = "", body = "", signature = ""] = assertion.split(".")
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString())
    expect(read(head)).toEqual({ alg: "RS256", typ: "JWT", kid: "k1" })
    expect(read(body)).toEqual({
      ...{ iss: account.client_email, scope: "https://www.googleapis.com/auth/cloud-platform" },
      ...{ aud: options.tokenUrl, iat: NOW / 1000, exp: NOW / 1000 + 3600 },
    })
    expect(verify("sha256", Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, "base64url"))).toBe(true)
    expect(upstream.received.map(({ path }) => path)).toEqual(["/token", "/token"])
  })

  test("a token is kept for the key that it was given for until shortly before it ends", async () => {
    let count = 0
    upstream.answer(() => token(`t${count++}`))
    const options = { tokenUrl: upstream.url }
    const mine = JSON.stringify({ ...account, private_key_id: "kept" })
    const ask = (key: string, now: number) => googleCredentials(key, options, contextOf({ clock: at(now) }))
    expect(await ask(mine, NOW)).toEqual(ready("t0") as never)
    expect(await ask(mine, NOW + HOUR / 2)).toEqual(ready("t0") as never)
    // Whoever knows the account's name only has another key, and gets nothing of this one's.
    expect(await ask(JSON.stringify({ ...account, private_key_id: "theirs" }), NOW)).toEqual(ready("t1") as never)
    expect(await ask(mine, NOW + HOUR - 60_000)).toEqual(ready("t2") as never)
  })

  test("a user's own login is renewed from the file that gcloud wrote", async () => {
    upstream.answer(() => token())
    const credentialsFile = join(folder, "adc.json")
    const login = {
      type: "authorized_user",
      client_id: "c",
      client_secret: "s",
      refresh_token: "r",
      quota_project_id: "my-project",
    }
    await Bun.write(credentialsFile, JSON.stringify(login))
    expect(await googleCredentials(null, { credentialsFile, tokenUrl: upstream.url }, contextOf())).toEqual(
      ready() as never,
    )
    expect(form(0)).toEqual({ grant_type: "refresh_token", client_id: "c", client_secret: "s", refresh_token: "r" })
  })

  test("without a key and a file the machine is asked", async () => {
    upstream.answer(({ headers }) =>
      headers["metadata-flavor"] === "Google" ? token() : new Response("", { status: 403 }),
    )
    const found = await googleCredentials(
      null,
      { credentialsFile: join(folder, "none"), metadataUrl: upstream.url },
      contextOf(),
    )
    expect(found).toEqual({ kind: "ready", value: { headers: { authorization: "Bearer ya29.token" }, project: null } })
    expect(upstream.received[0]?.path).toBe("/computeMetadata/v1/instance/service-accounts/default/token")
  })

  test("a token or an API key is taken as it is", async () => {
    const given = async (key: string) => await googleCredentials(key, {}, contextOf({ fetch: nobody }))
    expect(await given("ya29.a0Af")).toMatchObject({ value: { headers: { authorization: "Bearer ya29.a0Af" } } })
    expect(await given("AIzaSyD-9tSrke72PouQMnMX")).toMatchObject({
      value: { headers: { "x-goog-api-key": "AIzaSyD-9tSrke72PouQMnMX" } },
    })
  })

  test("what is refused, cannot be read or is of another kind says so", async () => {
    upstream.answer(() =>
      Response.json({ error: "invalid_grant", error_description: "Invalid JWT Signature." }, { status: 400 }),
    )
    const given = (over: object) =>
      googleCredentials(JSON.stringify({ ...account, ...over }), { tokenUrl: upstream.url }, contextOf())
    expect(await given({ private_key_id: "refused" })).toMatchObject({
      why: "refused",
      message: expect.stringContaining("Invalid JWT Signature."),
    })
    expect(await given({ private_key: "none" })).toMatchObject({
      why: "none",
      message: expect.stringContaining("private_key"),
    })
    expect(await given({ type: "external_account" })).toMatchObject({
      why: "none",
      message: expect.stringContaining("external_account"),
    })
  })
})

describe("a call without them", () => {
  const hello = { messages: [{ role: "user", content: "Hello" }] }

  test("does not go out, and is the key's fault where it was refused", async () => {
    upstream.answer(() => Response.json({ error: "invalid_grant" }, { status: 400 }))
    const key = JSON.stringify({ type: "authorized_user", refresh_token: "r" })
    const options = { project: "p", tokenUrl: upstream.url }
    const { received, outcome } = await exercise(players["vertex-gemini"], hello, { key, options })
    expect(received).toEqual([])
    expect(outcome).toMatchObject({ kind: "refused", status: 401, isKeyRefused: true })
  })

  test("waits for the operator where there are none, and is tried again where nobody answered", async () => {
    const none = await exercise(players.bedrock, hello, {
      key: null,
      options: { region: "eu-west-1", metadataUrl: "off" },
    })
    expect(none.outcome).toMatchObject({ kind: "unreached", reason: "misconfigured" })
    const { url } = upstream
    await upstream.stop()
    const options = { region: "eu-west-1", containerUrl: `${url}/gone` }
    const gone = await exercise(players.bedrock, hello, { key: null, options })
    expect(gone.outcome).toMatchObject({ kind: "unreached", reason: "unconnected" })
  })
})

describe("an environment's", () => {
  test("places and files are options", () => {
    expect(readOptions("anthropic", { AWS_REGION: "eu-west-1" })).toEqual({})
    const aws = {
      AWS_DEFAULT_REGION: "eu-west-1",
      AWS_PROFILE: "work",
      HOME: "/home/me",
      AWS_EC2_METADATA_DISABLED: "True",
    }
    expect(readOptions("bedrock", { ...aws, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/1" })).toEqual({
      ...{ region: "eu-west-1", profile: "work", credentialsFile: "/home/me/.aws/credentials", metadataUrl: "off" },
      containerUrl: "http://169.254.170.2/v2/1",
    })
    const google = { GOOGLE_CLOUD_PROJECT: "my-project", GOOGLE_CLOUD_LOCATION: "europe-west1", HOME: "/home/me" }
    expect(readOptions("vertex", google)).toEqual({
      ...{ project: "my-project", location: "europe-west1" },
      credentialsFile: "/home/me/.config/gcloud/application_default_credentials.json",
    })
  })
})
