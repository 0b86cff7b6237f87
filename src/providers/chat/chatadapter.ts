// Chat completions at the providers that have a form of their own: a request in OpenAI's form goes out in theirs, and their answer comes back in OpenAI's.
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from "@ai-sdk/provider"
import type { Call, Outcome } from "../../call.ts"
import { isRecord } from "../../endpoints/bodyschema.ts"
import type { Problem } from "../../endpoints/endpoint.ts"
import { listOf, recordOf, recordsOf } from "../../endpoints/usage.ts"
import { authorisedForAws, awsCredentials } from "../credentials/aws.ts"
import { type Fetched, withoutCredentials } from "../credentials/credentials.ts"
import { googleCredentials } from "../credentials/googlelogin.ts"
import { addAuthorization } from "../headers.ts"
import { retryAfterMs } from "../limits.ts"
import { load, type Reach, reachOf } from "../net/download.ts"
import { misconfigured, refusedByUs, Unsent } from "../notsent.ts"
import { answer, refusalMessage, unreadable } from "../passthrough.ts"
import type { Adapter, CallContext } from "../perform.ts"
import type { ProviderSettings } from "../provider.ts"
import { completionOf } from "./answer.ts"
import { unsupportedBy } from "./chatparameters.ts"
import { optionsOf } from "./chatrequest.ts"
import { BETA, createExchange, type Exchange, hider, type Outgoing, type Reply } from "./exchange.ts"
import { type Family, type Target, targetOf } from "./family.ts"
import { type Change, changeOf, parsed, shown } from "./hooks.ts"
import { addressOf, modelOf } from "./packages.ts"
import { promptOf } from "./prompt.ts"
import { refusalOf } from "./refusal.ts"

export interface Conversed {
  outcome: Outcome
  /** What was left out of the request, or of what the answer means. */
  warnings: string[]
}

export function nativeChat(family: Family): Adapter {
  return {
    async start(...attempt) {
      const { outcome, warnings } = await converse(family, ...attempt)
      return outcome.kind === "answered" && warnings.length > 0 ? { ...outcome, warnings } : outcome
    },
  }
}

/** One submission. May throw what fetch throws. */
export async function converse(
  family: Family,
  call: Call,
  provider: ProviderSettings,
  context: CallContext,
  key: string | null,
  reach: Reach = reachOf(context),
): Promise<Conversed> {
  const fields = recordOf(parsed(call.body ?? ""))
  const target = targetOf(family, call.model)
  const { problems, warnings } = unsupportedBy(family, call.model, fields)
  const problem = problems[0]
  if (problem !== undefined) return { outcome: refusedByUs(problem), warnings }
  const place = await placeOf(target, provider, context, key)
  if ("kind" in place) return { outcome: place, warnings }
  const messages = recordsOf(fields["messages"])
  const prompt = await promptOf(messages, target, (url, param) => load(url, param, reach)).catch(outcomeOf)
  if (!Array.isArray(prompt)) return { outcome: prompt, warnings }
  const moot = new Set<string>()
  const exchange = createExchange(call, provider, context, {
    ...place,
    change: changer(changeOf(fields, target, warnings, moot)),
    show: (text, time) => shown(text, time, target),
  })
  let ids = 0
  const generateId = () => `call_${call.jobId.replaceAll("-", "")}_${call.attempt}_${ids++}`
  const model = await modelOf(target, { model: call.model, base: place.base, fetch: exchange.fetch, generateId })
  const options = { ...optionsOf(fields, target), prompt, headers: betas(call, provider) }
  const results = await generated(model, options, exchange)
  const { reply } = exchange
  if (exchange.failure !== null) throw exchange.failure.error
  if (exchange.problem !== null) return { outcome: refusedByUs(exchange.problem), warnings }
  if (reply === null) return { outcome: refusedByUs(problemOf(results)), warnings }
  const hide = hider(call, provider, key)
  if (reply.status < 200 || reply.status > 299) return { outcome: refused(target, reply, hide, context), warnings }
  const said = recordOf(parsed(reply.text))
  if (reply.defect !== null || results instanceof Error || !isAnswer(said, target)) {
    const got = { ...reply, contentType: reply.headers.get("content-type") }
    const problem = reply.defect ?? "not in a form that can be read"
    return { outcome: unreadable(call, got, problem, reply.upstream, hide), warnings }
  }
  const known = { id: `chatcmpl-${call.jobId}`, model: call.model, created: Math.floor(context.clock.wall() / 1000) }
  const made = completionOf(results, said, target, known, moot)
  const outcome = await answer(call, provider, {
    ...reply,
    contentType: "application/json",
    bytes: new TextEncoder().encode(JSON.stringify(made.completion)),
  })
  return { outcome, warnings: [...warnings, ...made.warnings] }
}

/** Gemini's package takes nothing at all for an answer. */
function isAnswer({ candidates, promptFeedback }: Record<string, unknown>, { dialect }: Target): boolean {
  return dialect !== "gemini" || listOf(candidates).length > 0 || isRecord(promptFeedback)
}

function changer(change: Change): (body: string) => string | Problem {
  if (change === null) return (body) => body
  return (body) => {
    const changed = recordOf(JSON.parse(body))
    return change(changed) ?? JSON.stringify(changed)
  }
}

/** One result for each candidate: asked again, the package reads the next one of the same answer. Errors hold the whole prompt and are not kept. */
async function generated(
  model: LanguageModelV4,
  options: LanguageModelV4CallOptions,
  exchange: Exchange,
): Promise<LanguageModelV4GenerateResult[] | Error> {
  try {
    const results = [await model.doGenerate(options)]
    const { candidates } = recordOf(parsed(exchange.reply?.text ?? ""))
    for (let more = listOf(candidates).length; more > 1; more--) results.push(await model.doGenerate(options))
    return results
  } catch (error) {
    return error as Error
  }
}

interface Place {
  base: string
  authorise(request: Outgoing): Promise<Headers>
}

/** Where the request goes and what it is authorised by, or why it cannot go. */
async function placeOf(
  target: Target,
  provider: ProviderSettings,
  context: CallContext,
  key: string | null,
): Promise<Place | Outcome> {
  const { family } = target
  const { baseUrl, options } = provider
  const credentials = await credentialsOf(family, key, options, context)
  if (credentials.kind === "missing") return withoutCredentials(provider.name, credentials)
  const address = addressOf(target, baseUrl, options, credentials.value.project)
  if ("message" in address) return misconfigured(address.message)
  const { base, region } = address
  const { headers: added, aws } = credentials.value
  return {
    base,
    authorise: async (request) => {
      const headers = addAuthorization(request.headers, added, provider)
      return aws === null ? headers : await authorisedForAws(request, aws, region, context.clock.wall())
    },
  }
}

interface Credentials {
  headers: Record<string, string>
  aws: Extract<Awaited<ReturnType<typeof awsCredentials>>, { kind: "ready" }>["value"] | null
  project: string | null
}

async function credentialsOf(
  family: Family,
  key: string | null,
  options: Readonly<Record<string, string>>,
  context: CallContext,
): Promise<Fetched<Credentials>> {
  const none = { headers: {}, aws: null, project: null }
  switch (family) {
    case "anthropic":
      return { kind: "ready", value: { ...none, headers: key === null ? {} : { "x-api-key": key } } }
    case "gemini":
      return { kind: "ready", value: { ...none, headers: key === null ? {} : { "x-goog-api-key": key } } }
    case "vertex": {
      const found = await googleCredentials(key, options, context)
      return found.kind === "missing" ? found : { kind: "ready", value: { ...none, ...found.value } }
    }
    case "bedrock": {
      const found = await awsCredentials(key, options, context)
      return found.kind === "missing" ? found : { kind: "ready", value: { ...none, aws: found.value } }
    }
  }
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof Unsent) return error.outcome
  throw error
}

/** What a package says of a request that it cannot put into the provider's form. Of its other errors the words may quote the request. */
function problemOf(error: unknown): Problem {
  const { name, message } = error as { name?: unknown; message?: unknown }
  const isNamed = name === "AI_UnsupportedFunctionalityError"
  const what = isNamed ? `: ${message}` : ""
  return { isUnsupported: true, message: `the request cannot be put into this provider's form${what}`, param: "" }
}

function refused(target: Target, reply: Reply, hide: (text: string) => string, { clock }: CallContext): Outcome {
  const { status, headers, upstream } = reply
  const text = hide(reply.text)
  const body = parsed(text)
  const { refusal, isKeyRefused } = refusalOf(target, status, headers, body)
  return {
    kind: "refused",
    status,
    refusal: { ...refusal, message: refusalMessage(reply, text, refusal.message, hide) },
    isKeyRefused,
    retryAfterMs: retryAfterMs(headers, body, upstream.limits, status, clock.wall()),
    upstream,
  }
}

/** The package joins them to its own. */
function betas(call: Call, provider: ProviderSettings): Record<string, string> {
  const theirs = { ...call.extras.headers, ...provider.headers }
  const found = Object.entries(theirs).filter(([name]) => name.toLowerCase() === BETA)
  return Object.fromEntries(found.map(([, value]) => [BETA, value]))
}
