// Performs one attempt as a worker thread does, at a server on loopback that is like a built-in provider.
import type { Call, Outcome } from "../../src/call.ts"
import { type Clock, systemClock } from "../../src/clock.ts"
import type { CallContext } from "../../src/providers/adapter.ts"
import { perform } from "../../src/providers/perform.ts"
import { resolveProviders } from "../../src/providers/settings.ts"

/** The usual request of a type. */
export const requests: Record<string, string> = {
  chat_completion: '{"model":"up/m","messages":[{"role":"user","content":"Hello"}]}',
  responses: '{"model":"up/m","input":"Hello"}',
  count_tokens: '{"model":"up/m","input":"Hello"}',
  text_completion: '{"model":"up/m","prompt":"Hello"}',
  embedding: '{"model":"up/m","input":"Hello"}',
  rerank: '{"model":"up/m","query":"Hello","documents":["a"]}',
  speech: '{"model":"up/m","input":"Hello","voice":"v"}',
  image_generation: '{"model":"up/m","prompt":"a cat"}',
}

export interface Asked {
  type?: string
  /** The built-in provider that the server is like. */
  form?: string
  model?: string
  /** The request; by default the usual one of the type. */
  body?: string
  /** What an earlier attempt has kept of its upstream job. */
  state?: string
}

export async function performAt(
  base_url: string,
  { type = "chat_completion", form = "", model = "m", body = requests[type] ?? "", state }: Asked = {},
  world: { fetch: typeof fetch; clock: Clock; emit?: CallContext["emit"] } = { fetch, clock: systemClock },
): Promise<Outcome> {
  const custom = form === "" ? {} : { custom_provider_config: { base_provider_type: form } }
  const options = { region: "us-east-1", project: "p", location: "us-central1" }
  const { providers } = resolveProviders({ up: { ...custom, options, network_config: { base_url } } }, {})
  const step = state === undefined ? "start" : "resume"
  const call: Call = {
    ...{ jobId: "019adfe0-0000-7000-8000-000000000001", attempt: 1, requestId: "request-1", idempotencyKey: "job-1" },
    ...{ step, state: state ?? null, requestType: type, provider: "up", model, timeoutMs: 60_000, form: null, body },
    ...{ isRepeatable: true, keyId: null, callerKey: "secret-key", extras: {} },
  }
  const provider = providers.find(({ name }) => name === "up")
  return await perform(call, provider, { ...world, pieceAt: async () => null }, new AbortController())
}
