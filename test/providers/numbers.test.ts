// Numbers keep their digits on every way through a translation, both ways.
import { afterEach, describe, expect, test } from "bun:test"
import { startUpstream } from "../upstream.ts"
import { type Asked, performAt } from "./performing.ts"

const stopping: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop()
})

/** What JSON.parse and JSON.stringify would change, each of them. */
const digits = ["9007199254740993", "1E400", "-0", "1.10", "123456789012345678901234567890"]
/** Has no quote, so that it is the same within a text. */
const N = `[${digits}]`
const args = (text: string) => JSON.stringify(text)

interface Way extends Asked {
  /** How often the request has the numbers. */
  out: number
  answer: string
  /** How often the result has them. */
  back: number
  /** What else must be in the request, and in the result. */
  sent?: string[]
  said?: string
}

const tool = `{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"enum":${N}}}}}}`
const history = `{"role":"user","content":"Hello"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":${args(`{"a":${N}}`)}}}]},{"role":"tool","tool_call_id":"c1","content":${args(N)}}`
const chat = `{"model":"up/m","messages":[${history}],"tools":[${tool}]}`
const sampled =
  '{"model":"up/m","messages":[{"role":"user","content":"x"}],"temperature":0.90,"top_p":0.50,"top_k":5.0,"max_tokens":100.0,"presence_penalty":-0,"n":1.0}'
const format = `{"type":"json_schema","json_schema":{"name":"j","schema":{"type":"object","properties":{"a":{"enum":${N}}},"additionalProperties":false}}}`
const chatJson = `{"model":"up/m","messages":[{"role":"user","content":"Hello"}],"response_format":${format}}`
const items = `{"type":"message","role":"user","content":"Hello"},{"type":"function_call","call_id":"c1","name":"f","arguments":${args(`{"a":${N}}`)}},{"type":"function_call_output","call_id":"c1","output":${args(N)}}`
const responses = `{"model":"up/m","input":[${items}],"tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{"a":{"enum":${N}}}}}]}`

const claude = (content: string) =>
  `{"id":"m","type":"message","role":"assistant","model":"m","content":[${content}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}`
const claudes = claude(`{"type":"text","text":"x"},{"type":"tool_use","id":"t","name":"f","input":{"a":${N}}}`)
const cited = claude(
  `{"type":"text","text":"x","citations":[{"type":"char_location","cited_text":"x","document_index":0,"document_title":"t","x":${N}}]}`,
)
const gemini = (part: string, more = "") =>
  `{"candidates":[{"content":{"parts":[${part}]},"finishReason":"STOP"${more}}],"usageMetadata":{"promptTokenCount":1}}`
const geminis = gemini(`{"functionCall":{"name":"f","args":{"a":${N}}}}`)
const probable = gemini('{"text":"x"}', ',"logprobsResult":{"chosenCandidates":[{"token":"x","logProbability":1.10}]}')
const converse = (block: string) =>
  `{"output":{"message":{"role":"assistant","content":[${block}]}},"stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":1}}`
const converses = converse(`{"toolUse":{"toolUseId":"t","name":"f","input":{"a":${N}}}}`)
const completion = `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"x","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":${args(`{"a":${N}}`)}}}],"mine":${N}},"finish_reason":"tool_calls","logprobs":{"content":[{"token":"x","logprob":-0,"x":${N}}]}}],"own":${N},"usage":{"prompt_tokens":1,"completion_tokens":1,"own":${N}}}`

const inJson = "claude-3-haiku-20240307"
const ways: Record<string, Way> = {
  "tools at anthropic": { form: "anthropic", body: chat, out: 3, answer: claudes, back: 1 },
  "tools at Claude on Vertex": {
    form: "vertex",
    model: "claude-sonnet-4-5",
    body: chat,
    out: 3,
    answer: claudes,
    back: 1,
  },
  "tools at Gemini": { form: "gemini", body: chat, out: 3, answer: geminis, back: 1 },
  "tools at Gemini on Vertex": { form: "vertex", body: chat, out: 3, answer: geminis, back: 1 },
  "tools at Bedrock": { form: "bedrock", body: chat, out: 3, answer: converses, back: 1 },
  "tools whose names and ids anthropic does not take": {
    ...{ form: "anthropic", body: chat.replaceAll('"c1"', '"functions.f:0"').replaceAll('"f"', '"a.f"'), out: 3 },
    ...{ answer: claudes, back: 1 },
  },
  "tools at open models on Vertex": {
    ...{ form: "vertex", model: "meta/llama-4", body: chat.replace("{", `{"own":${N},`), out: 4 },
    ...{ answer: completion, back: 5 },
  },
  "sampling at anthropic": {
    ...{ form: "anthropic", body: sampled, out: 0, answer: claude('{"type":"text","text":"x"}'), back: 0 },
    sent: ['"temperature":0.90', '"top_k":5.0', '"max_tokens":100.0'],
  },
  "sampling and log probabilities at Gemini": {
    ...{ form: "gemini", body: sampled, out: 0, answer: probable, back: 0, said: '"logprob":1.10' },
    sent: ['"temperature":0.90', '"topP":0.50', '"topK":5.0', '"maxOutputTokens":100.0', '"presencePenalty":-0'],
  },
  "sampling at Bedrock": {
    ...{ form: "bedrock", body: sampled, out: 0, answer: converse('{"text":"x"}'), back: 0 },
    sent: ['"temperature":0.90', '"topP":0.50', '"maxTokens":100.0'],
  },
  "citations at anthropic": { form: "anthropic", out: 0, answer: cited, back: 1 },
  "a schema at anthropic": {
    ...{ form: "anthropic", model: "claude-sonnet-4-5", body: chatJson, out: 1 },
    ...{ answer: claude(`{"type":"text","text":${args(`{"a":${N}}`)}}`), back: 1 },
  },
  "a schema by a tool at anthropic": {
    ...{ form: "anthropic", model: inJson, body: chatJson, out: 1 },
    ...{ answer: claude(`{"type":"tool_use","id":"t","name":"json","input":{"a":${N}}}`), back: 1 },
  },
  "a schema at Gemini": {
    ...{ form: "gemini", body: chatJson, out: 1 },
    ...{ answer: gemini(`{"text":${args(`{"a":${N}}`)}}`), back: 1 },
  },
  "a schema by a tool at Bedrock": {
    ...{ form: "bedrock", model: "amazon.nova-pro-v1:0", body: chatJson, out: 1 },
    ...{ answer: converse(`{"toolUse":{"toolUseId":"t","name":"json","input":{"a":${N}}}}`), back: 1 },
  },
  "responses at anthropic": { form: "anthropic", type: "responses", body: responses, out: 3, answer: claudes, back: 2 },
  "responses at Bedrock": { form: "bedrock", type: "responses", body: responses, out: 3, answer: converses, back: 2 },
  "a stream that nobody asked for": {
    ...{ form: "deepseek", out: 3, body: chat, back: 2 },
    answer: `data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"x"},"finish_reason":"stop","x":${N}}],"y":${N}}\n\ndata: [DONE]\n\n`,
  },
  "embeddings in a format that was not asked for": {
    ...{ form: "deepinfra", type: "embedding", out: 1, back: 1 },
    body: `{"model":"up/m","input":"x","encoding_format":"base64","own":${N}}`,
    answer: `{"data":[{"embedding":[1.10,-0],"own":${N}}]}`,
    said: '"embedding":"zcyMPwAAAIA="',
  },
  "responses through chat": {
    ...{ form: "moonshotai", type: "responses", out: 5, answer: completion, back: 7 },
    body: responses.replace("{", `{"own":${N},"metadata":{"a":${N}},`),
  },
  "text through chat": {
    ...{ form: "deepseek", type: "text_completion", out: 1, answer: completion, back: 4 },
    body: `{"model":"up/m","prompt":"x","own":${N}}`,
  },
  "chat through responses": {
    ...{ form: "perplexity", body: chat.replace("{", `{"own":${N},`), out: 4 },
    answer: `{"id":"r","status":"completed","own":${N},"output":[{"type":"message","content":[{"type":"output_text","text":"x","annotations":[{"type":"url_citation","url":"u","start_index":0,"x":${N}}]}]},{"type":"function_call","call_id":"c","name":"f","arguments":${args(`{"a":${N}}`)},"own":${N}}],"usage":{"input_tokens":1,"output_tokens":1,"own":${N}}}`,
    back: 5,
  },
  "chat at Cohere": {
    ...{ form: "cohere", body: chat.replace("{", `{"documents":[{"data":{"a":${N}}}],`), out: 4 },
    answer: `{"id":"c","finish_reason":"TOOL_CALL","message":{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":${args(`{"a":${N}}`)}}}],"citations":[{"start":0,"end":1,"x":${N}}]},"usage":{"billed_units":{"input_tokens":1.0,"output_tokens":1},"x":${N}}}`,
    back: 3,
  },
  "embeddings at Cohere": {
    ...{ form: "cohere", type: "embedding", body: '{"model":"up/m","input":"x"}', out: 0 },
    ...{ answer: `{"embeddings":{"float":[${N}]}}`, back: 1 },
  },
  "embeddings at Gemini": {
    ...{ form: "gemini", type: "embedding", body: '{"model":"up/m","input":"x"}', out: 0 },
    ...{ answer: `{"embeddings":[{"values":${N}}]}`, back: 1 },
  },
  "embeddings at Bedrock": {
    ...{ form: "bedrock", type: "embedding", model: "amazon.titan-embed-text-v2:0", out: 0 },
    ...{ body: '{"model":"up/m","input":"x"}', answer: `{"embedding":${N},"inputTextTokenCount":1}`, back: 1 },
  },
  "a ranking": {
    ...{ form: "cohere", type: "rerank", out: 0 },
    body: `{"model":"up/m","query":"q","documents":[{"text":"x","a":${N}}],"return_documents":true}`,
    ...{ answer: `{"results":[{"index":0.0,"relevance_score":1.10}],"meta":{"x":${N}}}`, back: 2 },
    said: '{"index":0.0,"relevance_score":1.10,',
  },
  "a ranking of JSON at Bedrock": {
    ...{ form: "bedrock", type: "rerank", out: 1 },
    body: `{"model":"up/m","query":"q","documents":[{"text":"x","a":${N}}]}`,
    ...{ answer: '{"results":[{"index":0,"relevanceScore":1.10}]}', back: 0, said: '"relevance_score":1.10' },
  },
  "images at SiliconFlow": {
    ...{ form: "siliconflow", type: "image_generation", body: `{"model":"up/m","prompt":"x","seed":${N}}`, out: 1 },
    ...{ answer: '{"images":[{"url":"https://x.test/a"}]}', back: 0 },
  },
  "images at Together": {
    ...{ form: "together", type: "image_generation", body: `{"model":"up/m","prompt":"x","seed":${N}}`, out: 1 },
    ...{ answer: '{"data":[{"url":"https://x.test/a"}]}', back: 0 },
  },
  "images at Replicate": {
    ...{ form: "replicate", model: "o/m", type: "image_generation", out: 1 },
    body: `{"model":"up/o/m","prompt":"x","seed":${N}}`,
    answer: `{"id":"p","status":"succeeded","output":[{"url":"https://x.test/a","x":${N}}]}`,
    back: 1,
  },
  "chat at Replicate": {
    ...{ form: "replicate", model: "o/m", out: 1, back: 0 },
    body: `{"model":"up/o/m","messages":[{"role":"user","content":"x"}],"own":${N}}`,
    answer: '{"id":"p","status":"succeeded","output":"x"}',
  },
  "images at Luma": {
    ...{ form: "luma", type: "image_generation", body: `{"model":"up/m","prompt":"x","own":${N}}`, out: 1 },
    answer: '{"id":"p","state":"completed","assets":{"image":"https://x.test/a"}}',
    back: 0,
  },
  "images at Runway": {
    ...{ form: "runway", type: "image_generation", body: `{"model":"up/m","prompt":"x","own":${N}}`, out: 1 },
    ...{ answer: '{"id":"p"}', back: 0 },
  },
  "images at fal": {
    ...{ form: "fal", type: "image_generation", body: `{"model":"up/m","prompt":"x","own":${N}}`, out: 1 },
    ...{ answer: '{"request_id":"p"}', back: 0 },
  },
  "images that fal has made": {
    ...{ form: "fal", type: "image_generation", state: '{"id":"p","path":"/o/m/requests/p","startedAt":0}', out: 0 },
    ...{ answer: `{"status":"COMPLETED","images":[{"url":"https://x.test/a","x":${N}}],"seed":${N}}`, back: 2 },
  },
  "images that Runway has made": {
    ...{ form: "runway", type: "image_generation", state: '{"id":"p","startedAt":0}', out: 0 },
    ...{ answer: `{"status":"SUCCEEDED","output":[{"url":"https://x.test/a","x":${N}}]}`, back: 1 },
  },
  "a transcript of AssemblyAI's": {
    ...{ form: "assemblyai", type: "transcription", state: '{"id":"p","format":"json","startedAt":0}', out: 0 },
    ...{ answer: `{"status":"completed","text":"x","audio_duration":1.10,"words":null,"x":${N}}`, back: 1 },
    said: '"seconds":1.10',
  },
}

const count = (text: string) => text.split(N).length - 1

describe("numbers keep their digits, both ways:", () => {
  test.each(Object.entries(ways))(
    "%s",
    async (_, { out, answer, back, sent: more = [], said: also = "", ...asked }) => {
      const upstream = startUpstream(() => new Response(answer, { headers: { "content-type": "application/json" } }))
      stopping.push(upstream.stop)
      const outcome = await performAt(upstream.url, asked)
      const sent = upstream.received.filter(({ method }) => method === "POST").at(-1)?.body ?? ""
      const said = "body" in outcome ? outcome.body : ""
      expect({ out: count(sent), back: count(said), sent, said }).toMatchObject({ out, back })
      for (const one of more) expect(sent).toContain(one)
      expect(said).toContain(also)
      expect(outcome.kind).toMatch(/^(answered|pending)$/)
    },
  )
})
