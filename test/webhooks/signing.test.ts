import { describe, expect, test } from "bun:test"
import OpenAI from "openai"
import { Webhook as StandardWebhook } from "standardwebhooks"
import { Webhook as SvixWebhook } from "svix"
import { randomBytes } from "../../src/clock.ts"
import {
  findSecretFault,
  findSignatureFault,
  hintSecret,
  makeSecret,
  signWebhook,
  TOLERANCE_SECONDS,
} from "../../src/webhooks/signing.ts"

const body = '{"event":"async_job.completed","data":{"text":"Grüße ✓"}}'
const id = "msg_2b0c"
const seconds = () => Math.floor(Date.now() / 1000)
const openai = new OpenAI({ apiKey: "none" })

describe("a signature is taken by", () => {
  const verifiers: Record<string, (secret: string, headers: Record<string, string>, text: string) => unknown> = {
    standardwebhooks: (secret, headers, text) => new StandardWebhook(secret).verify(text, headers),
    svix: (secret, headers, text) => new SvixWebhook(secret).verify(text, headers),
    "openai's unwrap": (secret, headers, text) => openai.webhooks.unwrap(text, headers, secret),
    "our own check": async (secret, headers, text) => {
      const fault = findSignatureFault(secret, new Headers(headers), text, seconds())
      if (fault !== null) throw new Error(fault)
    },
  }
  for (const [name, verify] of Object.entries(verifiers)) {
    test(`${name}, of each of two secrets while one replaces the other, and no other body or secret is`, async () => {
      const [old, fresh, other] = [makeSecret(randomBytes), makeSecret(randomBytes), makeSecret(randomBytes)]
      const headers = signWebhook([fresh, old], id, seconds(), body)
      const fails = (secret: string, text: string) =>
        Promise.resolve()
          .then(() => verify(secret, headers, text))
          .then(
            () => false,
            () => true,
          )
      expect(await fails(fresh, body)).toBe(false)
      expect(await fails(old, body)).toBe(false)
      expect(await fails(other, body)).toBe(true)
      expect(await fails(fresh, `${body} `)).toBe(true)
    })
  }
})

describe("our own check says what is wrong", () => {
  const secret = makeSecret(randomBytes)
  const now = 1_790_000_000
  const check = (headers: Record<string, string>, at = now) =>
    findSignatureFault(secret, new Headers(headers), body, at) ?? ""

  test("with a missing header, a bad time, and a time too far away in either direction", () => {
    const headers = signWebhook([secret], id, now, body)
    expect(check(headers)).toBe("")
    expect(check(headers, now + TOLERANCE_SECONDS)).toBe("")
    expect(check(headers, now + TOLERANCE_SECONDS + 1)).toContain("301 seconds old")
    expect(check(headers, now - TOLERANCE_SECONDS - 1)).toContain("301 seconds ahead")
    const { "webhook-id": _, ...rest } = headers
    expect(check(rest)).toContain("not all there")
    expect(check({ ...headers, "webhook-timestamp": "soon" })).toContain("no Unix time")
    expect(check({ ...headers, "webhook-signature": "v1,AAAA v2,x" })).toContain("another endpoint's")
  })
})

describe("a secret", () => {
  test("that is made is one that may be written, and its hint shows four characters", () => {
    const secret = makeSecret(randomBytes)
    expect(findSecretFault(secret)).toBeNull()
    expect(hintSecret(secret)).toBe(`whsec_…${secret.slice(-4)}`)
  })

  test.each(["", "whsec_", "secret", "whsec_AAAA", `whsec_${Buffer.alloc(65).toString("base64")}`, "whsec_%%%"])(
    "%j is refused with the command that makes one",
    (secret) => {
      expect(findSecretFault(secret)).toContain("openssl rand -base64 32")
    },
  )
})
