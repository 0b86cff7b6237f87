// Sends a chat request through a native adapter to a server on loopback that plays the provider.
import type { Call, Outcome } from "../../../src/call.ts"
import type { Clock } from "../../../src/clock.ts"
import type { CallContext, Step } from "../../../src/providers/adapter.ts"
import type { Family } from "../../../src/providers/adapternames.ts"
import { converse } from "../../../src/providers/chat/chatadapter.ts"
import { isPublic } from "../../../src/providers/net/address.ts"
import { CALL_BYTES_MAX, type DownloadPolicy } from "../../../src/providers/net/download.ts"
import type { ProviderSettings } from "../../../src/providers/provider.ts"
import { rows } from "../../../src/providers/registry.ts"
import { type Handler, type Received, startUpstream } from "../../upstream.ts"
import { outcomeOf } from "../outcomeof.ts"

export const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

/** A model of each kind, with a key as an operator would write it. */
export interface Player {
  family: Family
  model: string
  key: string | null
  options: Record<string, string>
  /** Behind the server's address. */
  path: string
}

export const players = {
  anthropic: { family: "anthropic", model: "claude-sonnet-4-5", key: "sk-ant-1234", options: {}, path: "/v1" },
  gemini: { family: "gemini", model: "gemini-3-flash-preview", key: "AIza-1234", options: {}, path: "/v1beta" },
  "vertex-gemini": {
    family: "vertex",
    model: "gemini-2.5-pro",
    key: "ya29.token",
    options: { project: "my-project", location: "us-central1" },
    path: "/v1",
  },
  "vertex-claude": {
    family: "vertex",
    model: "claude-sonnet-4-5@20250929",
    key: "ya29.token",
    options: { project: "my-project", location: "europe-west1" },
    path: "/v1",
  },
  bedrock: {
    family: "bedrock",
    model: "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
    key: "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY:session/token",
    options: { region: "eu-west-1" },
    path: "",
  },
} satisfies Record<string, Player>

export type PlayerName = keyof typeof players
export const playerNames = Object.keys(players) as PlayerName[]

/** Noon on 1 January 2026, for ever. */
export const NOW = Date.UTC(2026, 0, 1, 12)
export const stopped: Clock = {
  now: () => NOW,
  wall: () => NOW,
  after: () => () => {},
  every: () => () => {},
  soon: () => {},
}

export interface Exercised {
  received: Received[]
  outcome: Outcome
  warnings: string[]
}

export interface Circumstances {
  answer?: Handler
  headers?: Record<string, string>
  /** The operator's. */
  extraHeaders?: Record<string, string>
  key?: string | null
  options?: Record<string, string>
  fetch?: typeof fetch
  signal?: AbortSignal
  clock?: Clock
  /** The client reads the answer as a stream. */
  emit?: CallContext["emit"]
  policy?: Partial<DownloadPolicy>
  timeoutMs?: number
  /** The adapter's, instead of a chat in a form of its own. */
  start?: Step
  /** The model's real name, when `model` is what an alias stands for. */
  knownAs?: string
}

export async function exercise(
  { family, model, key, options, path }: Player,
  request: Record<string, unknown>,
  given: Circumstances = {},
): Promise<Exercised> {
  const upstream = startUpstream(given.answer ?? (() => Response.json({})))
  try {
    const provider = settingsOf(family, upstream.url + path, given.options ?? options, given.extraHeaders)
    const context = contextOf(given)
    const call = callOf(`p/${model}`, model, request, given)
    const policy: DownloadPolicy = {
      ...{ fetch: context.fetch, signal: context.signal, isAllowed: isPublic, budget: { bytes: CALL_BYTES_MAX } },
      resolve: () => Promise.reject(new Error("nobody is asked")),
      ...given.policy,
    }
    const attempt = { call, provider, key: given.key === undefined ? key : given.key, context }
    const { warnings = [], ...outcome } = {
      warnings: undefined,
      ...(await outcomeOf(given.start ? given.start(attempt) : converse(family, attempt, policy))),
    }
    return { received: upstream.received, outcome, warnings }
  } finally {
    await upstream.stop()
  }
}

export function contextOf({
  fetch = globalThis.fetch,
  signal,
  clock = stopped,
  emit,
}: Circumstances = {}): CallContext {
  return { fetch, clock, signal: signal ?? new AbortController().signal, pieceAt: async () => null, emit }
}

function settingsOf(
  family: Family,
  baseUrl: string,
  options: Record<string, string>,
  headers: Record<string, string> = {},
): ProviderSettings {
  return {
    ...{
      name: "p",
      baseUrl,
      authorization: rows[family]?.authorization ?? { header: "authorization", prefix: "Bearer " },
      endpoints: {},
      optional: {},
      needsKey: false,
      keys: [],
      headers,
      options,
    },
    ...{ timeoutMs: 60_000, maxRetries: 0, backoffInitialMs: 1, backoffMaxMs: 1, concurrency: 1, bufferSize: 1 },
    ...{ prices: {}, pricedAs: null },
  }
}

function callOf(
  name: string,
  model: string,
  request: Record<string, unknown>,
  { headers, timeoutMs = 600_000, knownAs }: Circumstances,
): Call {
  return {
    ...{
      jobId: "0198a000-0000-7000-8000-000000000001",
      attempt: 1,
      step: "start",
      state: null,
      requestId: "request-1",
      idempotencyKey: "job-1",
    },
    ...{ requestType: "chat_completion", provider: "p", model, timeoutMs, isRepeatable: true, form: null },
    body: JSON.stringify({ model: name, ...request }),
    extras: headers === undefined ? {} : { headers },
    ...{ keyId: null, callerKey: null },
    ...(knownAs === undefined ? {} : { requested: { model: "alias", knownAs } }),
  }
}

export type Fields = Record<string, unknown>

/** The completion of an answer, as its client reads it. */
export function completionIn({ outcome }: Exercised): Fields {
  if (outcome.kind !== "answered") throw new Error(`not answered: ${JSON.stringify(outcome)}`)
  return JSON.parse(outcome.body)
}

/** The message of its first choice. */
export function messageIn(exercised: Exercised): Fields {
  const [choice] = completionIn(exercised)["choices"] as { message: Fields }[]
  return choice?.message ?? {}
}

/** What went out. */
export function bodyIn({ received }: Exercised): Fields {
  return JSON.parse(received[0]?.body ?? "null")
}
