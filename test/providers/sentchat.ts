// What a chat request would be sent as: the whole way of one attempt, to a fetch that writes down and refuses.
import type { Call } from "../../src/call.ts"
import { perform } from "../../src/providers/perform.ts"
import type { ProviderSettings } from "../../src/providers/provider.ts"
import { Timeline } from "../timeline.ts"

export interface Sent {
  url: string
  headers: Record<string, string>
}

/** The request of a chat for this model, sent with the provider's first key. */
export async function sentChat(provider: ProviderSettings, model: string): Promise<Sent> {
  const sent: Sent[] = []
  const fetch = (async (url: string, { headers }: RequestInit) => {
    sent.push({ url: String(url), headers: Object.fromEntries(new Headers(headers)) })
    return Response.json({ error: { message: "no" } }, { status: 400 })
  }) as unknown as typeof globalThis.fetch
  const body = JSON.stringify({ model: `p/${model}`, messages: [{ role: "user", content: "Hello" }], max_tokens: 9 })
  const call: Call = {
    ...{ jobId: "j", attempt: 1, requestId: "r", idempotencyKey: "j", requestType: "chat_completion" },
    ...{ provider: provider.name, model, timeoutMs: 60_000, body, form: null, extras: {}, isRepeatable: true },
    ...{ step: "start", state: null, keyId: provider.keys[0]?.id ?? null, callerKey: null },
  }
  const clock = new Timeline(Date.UTC(2026, 10, 20))
  const outcome = await perform(call, provider, { fetch, clock, pieceAt: async () => null }, new AbortController())
  if (!sent[0]) throw new Error(`nothing was sent: ${JSON.stringify(outcome)}`)
  return sent[0]
}
