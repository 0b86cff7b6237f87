// A clock that was ahead when the process started, and was set right since: what others compare with their own clocks is right.
import { afterEach, expect, test } from "bun:test"
import { generateKeyPairSync } from "node:crypto"
import type { Clock } from "../../../src/clock.ts"
import { awsCredentials } from "../../../src/providers/credentials/aws.ts"
import { googleCredentials } from "../../../src/providers/credentials/googlelogin.ts"
import { startUpstream, type Upstream } from "../../upstream.ts"
import { contextOf, exercise, NOW, players, stopped } from "../chat/exercise.ts"

const HOUR = 3_600_000
/** Two hours ahead of the machine. */
const ahead = (wall: number): Clock => ({ ...stopped, now: () => wall + 2 * HOUR, wall: () => wall })

let upstream: Upstream
afterEach(() => upstream?.stop())

test("a request to Amazon is signed with the machine's time", async () => {
  const request = { messages: [{ role: "user", content: "Hello" }] }
  const { received } = await exercise(players.bedrock, request, { clock: ahead(NOW) })
  expect(received[0]?.headers["x-amz-date"]).toBe("20260101T120000Z")
})

test("a claim to Google says the machine's time", async () => {
  upstream = startUpstream(() => Response.json({ access_token: "t", expires_in: 3600 }))
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const private_key = privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  const account = { type: "service_account", client_email: "me@p.iam", private_key_id: "clock", private_key }
  await googleCredentials(JSON.stringify(account), { tokenUrl: upstream.url }, contextOf({ clock: ahead(NOW) }))
  const assertion = new URLSearchParams(upstream.received[0]?.body).get("assertion") ?? ""
  const { iat, exp } = JSON.parse(Buffer.from(assertion.split(".")[1] ?? "", "base64url").toString())
  expect([iat, exp]).toEqual([NOW / 1000, NOW / 1000 + 3600])
})

test("credentials of the machine are kept until they end by the machine's time, and no longer", async () => {
  const Expiration = new Date(NOW + HOUR).toISOString()
  upstream = startUpstream(() => Response.json({ AccessKeyId: "A", SecretAccessKey: "s", Expiration }))
  const options = { containerUrl: `${upstream.url}/clock` }
  const ask = (wall: number) => awsCredentials(null, options, contextOf({ clock: ahead(wall) }))
  await ask(NOW)
  await ask(NOW + HOUR / 2)
  expect(upstream.received).toHaveLength(1)
  await ask(NOW + HOUR - 60_000)
  expect(upstream.received).toHaveLength(2)
})

test("a provider's date to come back at is so far off as it is by the machine's time", async () => {
  const at = new Date(NOW + 30_000).toUTCString()
  const answer = () => Response.json({}, { status: 429, headers: { "retry-after": at } })
  const request = { messages: [{ role: "user", content: "Hello" }] }
  const { outcome } = await exercise(players.bedrock, request, { clock: ahead(NOW), answer })
  expect(outcome).toMatchObject({ kind: "refused", retryAfterMs: 30_000 })
})
