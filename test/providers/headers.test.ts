// What a caller's headers can and cannot change, at every built-in provider, as the provider sees them.
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test"
import type { Call } from "../../src/call.ts"
import { systemClock } from "../../src/clock.ts"
import { perform } from "../../src/providers/perform.ts"
import { rows } from "../../src/providers/registry.ts"
import { resolveProviders } from "../../src/providers/settings.ts"
import { startUpstream, type Upstream } from "../upstream.ts"

let upstream: Upstream
beforeAll(() => {
  upstream = startUpstream(() => Response.json({ error: { message: "enough" } }, { status: 400 }))
})
afterAll(() => upstream.stop())
beforeEach(() => {
  upstream.received.length = 0
})

const bodies: Record<string, unknown> = {
  chat_completion: { messages: [{ role: "user", content: "Hello" }] },
  responses: { input: "Hello" },
  text_completion: { prompt: "Hello" },
  embedding: { input: "Hello" },
  speech: { input: "Hello", voice: "v" },
  image_generation: { prompt: "a cat" },
  rerank: { query: "a", documents: ["b"] },
  ocr: { document: { type: "document_url", document_url: "https://example.com/a.pdf" } },
}
const keys: Record<string, string> = { bedrock: "AKIAIOSFODNN7EXAMPLE:our-own-key" }
const options: Record<string, Record<string, string>> = {
  bedrock: { region: "us-east-1" },
  vertex: { project: "our-project", location: "us-central1" },
}

/** What reaches a provider in the form of a row. */
async function sent(
  form: string,
  requestType: string,
  headers: Record<string, string>,
  own: Record<string, string> = {},
) {
  const { providers } = resolveProviders(
    {
      up: {
        custom_provider_config: { base_provider_type: form },
        network_config: { base_url: upstream.url, extra_headers: own },
        keys: [{ value: keys[form] ?? "our-own-key" }],
        options: options[form] ?? {},
      },
    },
    {},
  )
  const provider = providers.find(({ name }) => name === "up")
  const model = form === "replicate" ? "black-forest-labs/flux-schnell" : "m"
  const call: Call = {
    ...{
      jobId: "019adfe0-0000-7000-8000-000000000001",
      attempt: 1,
      step: "start",
      state: null,
      requestId: "request-1",
    },
    ...{ idempotencyKey: "job-1", requestType, provider: "up", model, timeoutMs: 10_000, form: null, callerKey: null },
    ...{ isRepeatable: false, keyId: provider?.keys[0]?.id ?? null, extras: { headers } },
    body: JSON.stringify({ model: `up/${model}`, ...(bodies[requestType] as object) }),
  }
  const world = { fetch, clock: systemClock, pieceAt: async () => null }
  const outcome = await perform(call, provider, world, new AbortController())
  const last = upstream.received.at(-1)
  if (!last) throw new Error(`nothing went out: ${JSON.stringify(outcome)}`)
  return last.headers
}

/** Each way to reach a provider that has its own way to be authorised. */
const ways = Object.entries(rows).flatMap(([name, row]) => {
  const types = Object.keys(row.endpoints).filter((type) => type in bodies)
  return name === "mock" || types.length === 0 ? [] : types.map((type) => [name, type] as const)
})

const forged = [
  ...[
    "Authorization",
    "Proxy-Authorization",
    "Cookie",
    "API-Key",
    "X-Api-Key",
    "x-goog-api-key",
    "XI-API-Key",
    "X-Key",
  ],
  ...["Api-Subscription-Key", "X-Amz-Security-Token", "x-amz-date", "Ocp-Apim-Subscription-Key"],
]

test.each(ways)("%s cannot be made to take another's key for %s", async (form, type) => {
  const header = rows[form]?.authorization?.header ?? "authorization"
  const headers = Object.fromEntries([...forged, header, header.toUpperCase()].map((name) => [name, "forged"]))
  const received = await sent(form, type, headers)
  expect(Object.values(received).filter((value) => value.includes("forged"))).toEqual([])
  const isSigned = form === "bedrock"
  expect(JSON.stringify(received)).toContain(isSigned ? "Credential=AKIAIOSFODNN7EXAMPLE" : "our-own-key")
})

test.each(ways)("%s gets the operator's headers, whatever the caller's say, for %s", async (form, type) => {
  const theirs = { "OpenAI-Organization": "theirs", "X-Team": "theirs", "x-trace": "theirs" }
  const received = await sent(form, type, theirs, { "openai-organization": "ours", "X-TEAM": "ours" })
  expect(received).toMatchObject({ "openai-organization": "ours", "x-team": "ours", "x-trace": "theirs" })
})

test("what says whose account pays is the caller's where the operator says nothing", async () => {
  const received = await sent("openai", "chat_completion", { "openai-project": "theirs" })
  expect(received).toMatchObject({ "openai-project": "theirs", authorization: "Bearer our-own-key" })
})

test("but not where the adapter says it: the ranking of a project is billed to it", async () => {
  const received = await sent("vertex", "rerank", { "x-goog-user-project": "theirs" })
  expect(received["x-goog-user-project"]).toBe("our-project")
})

test("what an adapter relies on is not the caller's", async () => {
  const received = await sent("runway", "image_generation", { "X-Runway-Version": "1999-01-01" })
  expect(received["x-runway-version"]).not.toBe("1999-01-01")
})
