// The calls of the native benchmark: one chat, as each kind of provider is asked for it.
import type { Call, Outcome } from "../../src/call.ts"
import type { ProviderConfig } from "../../src/config/schema.ts"
import type { ProviderSettings } from "../../src/providers/provider.ts"
import { resolveProviders } from "../../src/providers/settings.ts"

/** What passes through, and the four providers with a chat form of their own. */
export const names = ["openai", "anthropic", "gemini", "vertex", "bedrock"] as const
export type Name = (typeof names)[number]

const models: Record<Name, string> = {
  openai: "gpt-5",
  anthropic: "claude-sonnet-4-5",
  gemini: "gemini-3-flash-preview",
  vertex: "gemini-2.5-pro",
  bedrock: "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
}

/** A kibibyte of question, and a tool. */
const chat = {
  messages: [
    { role: "system", content: "You are brief." },
    { role: "user", content: "x".repeat(1024) },
  ],
  tools: [
    {
      type: "function",
      function: {
        name: "weather",
        description: "The weather at a place",
        parameters: { type: "object", properties: { place: { type: "string" } }, required: ["place"] },
      },
    },
  ],
  max_completion_tokens: 500,
}

/** The providers, configured as an operator would, at the upstream's address. */
export function providersAt(url: string): ProviderSettings[] {
  const at = (path: string, value: string, options?: Record<string, string>): ProviderConfig => ({
    network_config: { base_url: url + path },
    keys: [{ value }],
    ...(options ? { options } : {}),
  })
  const configured: Record<Name, ProviderConfig> = {
    openai: at("/v1", "sk-1234"),
    anthropic: at("/v1", "sk-ant-1234"),
    gemini: at("/v1beta", "AIza-1234"),
    vertex: at("/v1", "ya29.token", { project: "my-project", location: "us-central1" }),
    bedrock: at("", "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", { region: "eu-west-1" }),
  }
  const { providers } = resolveProviders(configured, {})
  return providers.filter(({ name }) => names.some((wanted) => wanted === name))
}

export function makeCall(name: Name, number: number): Call {
  const id = `${name}-${number}`
  return {
    ...{ jobId: id, attempt: 1, step: "start", state: null, requestId: id, idempotencyKey: id },
    ...{ requestType: "chat_completion", provider: name, model: models[name], timeoutMs: 60_000 },
    body: readBody(name),
    ...{ form: null, extras: {}, isRepeatable: true, keyId: "key-1", callerKey: null },
  }
}

export function readBody(name: Name): string {
  return JSON.stringify({ model: `${name}/${models[name]}`, ...chat })
}

/** @throws when it is no answer: then nothing was measured */
export function mustBeAnswer(name: Name, outcome: Outcome | { kind: string }): void {
  if (outcome.kind !== "answered") throw new Error(`${name}: ${JSON.stringify(outcome).slice(0, 500)}`)
}
