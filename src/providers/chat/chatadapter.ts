// Chat completions at providers with a form of their own. Requests are translated from OpenAI's form, and answers back into it.

import type { SharedV4Warning } from "@ai-sdk/provider"
import type { Call, Outcome } from "../../call.ts"
import type { ParameterError } from "../../endpoints/parametertable.ts"
import { writeCount } from "../../endpoints/tokencounts.ts"
import { parseExact } from "../../exactjson.ts"
import { asRecord, asRecords } from "../../values.ts"
import type { Adapter, Attempt, CallContext } from "../adapter.ts"
import type { Family } from "../adapternames.ts"
import { authorisedForAws, awsCredentials } from "../credentials/aws.ts"
import { type Fetched, withoutCredentials } from "../credentials/fetched.ts"
import { googleCredentials } from "../credentials/googlelogin.ts"
import { addAuthorization } from "../headers.ts"
import { createPolicy, type DownloadPolicy, load } from "../net/download.ts"
import { misconfigured, refusedByUs, Settled } from "../outcomes.ts"
import type { ProviderSettings } from "../provider.ts"
import type { Reply } from "../transport.ts"
import { answered, JSON_HEADERS, refused, unanswered, unreadable } from "../upstreamreplies.ts"
import type { Fields } from "./assembly.ts"
import { buildCompletion, findFailure } from "./chatanswer.ts"
import { checkNativeChat } from "./chatparameters.ts"
import { asksForJson, buildOptions, instructJson, limitTokens } from "./chatrequest.ts"
import { isTurnThoughtless } from "./chatturns.ts"
import { findTarget, type Target } from "./family.ts"
import { type Change, planChange, planDigits } from "./hooks.ts"
import { startLive } from "./live.ts"
import { findOpenModel } from "./modelgarden.ts"
import { emptyAnswers, findJsonTool, readAnswer } from "./nativeanswers.ts"
import { nativeStreams } from "./nativestreams.ts"
import { askOpenModel } from "./openmodels.ts"
import { BETA, createPackageFetch, type Outgoing, type TextReply } from "./packagefetch.ts"
import { findAddress, findTokensMax, loadModel } from "./packages.ts"
import { buildPrompt } from "./prompt.ts"
import { refusalReader } from "./refusal.ts"
import { COUNT, type Count, notCounted, planCount } from "./tokencount.ts"
import { spellNames } from "./toolnames.ts"

export function nativeChat(family: Family): Adapter {
  return {
    start: async (attempt) => {
      const open = findOpenModel(family, attempt.call.model)
      if (open === null) return converse(family, attempt)
      return attempt.call.requestType === COUNT ? refusedByUs(notCounted) : askOpenModel(open, attempt)
    },
  }
}

/** One submission. May throw what fetch throws, and a Settled. */
export async function converse(
  family: Family,
  attempt: Attempt,
  policy: DownloadPolicy = createPolicy(attempt.context),
): Promise<Outcome> {
  const { call, provider, context } = attempt
  const asked = asRecord(parseExact(call.body ?? ""))
  const knownAs = call.requested?.knownAs
  const target = findTarget(family, call.model, knownAs)
  const { errors, warnings } = checkNativeChat(family, call.model, asked, knownAs)
  const [error] = errors
  if (error !== undefined) return refusedByUs(error)
  const { fields: spelled, nameOf } = spellNames(withoutLostReasoning(asked, target, warnings), target)
  // Other models in Anthropic's form have limits that are not known.
  const isLimited = target.isClaude && target.name.includes("claude")
  const fields = isLimited ? limitTokens(spelled, call.timeoutMs, await findTokensMax(target.name)) : spelled
  const place = await findPlace(target, attempt)
  const messages = [...asRecords(fields["messages"]), ...instructJson(fields, target)]
  const prompt = await buildPrompt(messages, target, (url, param) => load(url, param, policy))
  const suppressed = new Set<string>()
  const count = call.requestType === COUNT ? planCount(target, call.model) : null
  const change = changer(fields, planChange(fields, target, warnings, suppressed), count)
  const locate = (url: string) =>
    count?.locate(url) ??
    url.replace(`/model/${encodeURIComponent(target.name)}/`, `/model/${encodeURIComponent(call.model)}/`)
  let ids = 0
  const makeId = () => `call_${call.jobId.replaceAll("-", "")}_${call.attempt}_${ids++}`
  const created = Math.floor(context.clock.wall() / 1000)
  const known = { id: `chatcmpl-${call.jobId}`, model: call.model, created, nameOf }
  /** What the package says of the request. */
  let noted: SharedV4Warning[] = []
  const tell = (sent: string) => ({ jsonTool: findJsonTool(fields, sent), isJson: asksForJson(fields), makeId })
  const complete = (answer: Fields, { headers }: Reply, sent: string) => {
    const read = readAnswer(answer, { target, headers, ...tell(sent) })
    if (read === null) return null
    const { completion, warnings } = buildCompletion(read.results, answer, target, known, noted, suppressed)
    const failure = findFailure(read.results, asRecords(answer["candidates"]))
    return { completion, failure, warnings: [...warnings, ...read.warnings] }
  }
  const live = startLive(attempt, nativeStreams[target.dialect], {
    readRefusal: refusalReader(target),
    tell: (sent) => ({ ...tell(sent), nameOf }),
    complete: (...answer) => complete(...answer)?.completion ?? null,
  })
  const sdk = createPackageFetch(attempt, { ...place, locate, change, empty: emptyAnswers[target.dialect], live })
  const model = await loadModel(target, { model: target.name, base: place.base, fetch: sdk.fetch, generateId: makeId })
  const options = { ...buildOptions(fields, target), prompt, headers: betas(call, provider) }
  try {
    noted = (await model.doGenerate(options)).warnings
  } catch (error) {
    if (sdk.failure === null && sdk.reply === null) return refusedByUs(explainFailure(error))
  }
  const { reply, failure, sent } = sdk
  if (failure !== null) throw failure.error
  if (reply === null) throw new Error("the package made no request")
  if (reply.status < 200 || reply.status > 299) return refused(attempt, reply, refusalReader(target))
  if (count !== null) return counted(attempt, reply, count, warnings)
  const made = complete(reply.defect === null ? asRecord(parseExact(reply.text)) : {}, reply, sent)
  if (made === null) return unanswered(attempt, reply, reply.defect ?? "not in a form that can be read")
  if (made.failure !== null) return unreadable(attempt, reply, made.failure)
  const bytes = new TextEncoder().encode(JSON.stringify(made.completion))
  const outcome = await answered(attempt, { ...reply, headers: JSON_HEADERS, bytes })
  if (outcome.kind !== "answered") return outcome
  await live?.finish(made.completion)
  const all = [...warnings, ...made.warnings, ...(live?.warnings() ?? [])]
  return all.length > 0 ? { ...outcome, warnings: all } : outcome
}

/** The outcome of a 2xx to a request for a count. */
async function counted(attempt: Attempt, reply: TextReply, count: Count, warnings: string[]): Promise<Outcome> {
  const answer = reply.defect === null ? asRecord(parseExact(reply.text)) : {}
  const tokens = count.read(answer)
  if (tokens === undefined) return unanswered(attempt, reply, reply.defect ?? "it has no number of tokens")
  const bytes = new TextEncoder().encode(JSON.stringify(writeCount(tokens)))
  const outcome = await answered(attempt, { ...reply, headers: JSON_HEADERS, bytes })
  return outcome.kind === "answered" && warnings.length > 0 ? { ...outcome, warnings } : outcome
}

/** The request, without its wish for reasoning where that would be refused. */
function withoutLostReasoning(fields: Fields, target: Target, warnings: string[]): Fields {
  if (!isTurnThoughtless(fields, target)) return fields
  warnings.push(
    "reasoning was not requested: the answer that this turn goes on with came back without its thinking_blocks; hand messages back as they came",
  )
  const { reasoning_effort: _, reasoning: __, thinking: ___, ...rest } = fields
  return rest
}

function changer(
  fields: Record<string, unknown>,
  change: Change,
  count: Count | null,
): (body: string) => string | ParameterError {
  const restore = planDigits(fields)
  const finish = (body: string) => count?.change(body) ?? body
  if (change === null && restore === null) return finish
  return (body) => {
    const changed = asRecord(parseExact(body))
    restore?.(changed)
    return change?.(changed) ?? finish(JSON.stringify(changed))
  }
}

interface Place {
  base: string
  authorise(request: Outgoing): Promise<Headers>
}

/** The address of the request, and what authorises it. @throws {Settled} when it cannot be sent */
async function findPlace(target: Target, { provider, context, key }: Attempt): Promise<Place> {
  const { baseUrl, options } = provider
  const credentials = await fetchCredentials(target.family, key, provider, context)
  if (credentials.kind === "missing") throw new Settled(withoutCredentials(provider.name, credentials))
  const address = findAddress(target, baseUrl, options, credentials.value.project)
  if ("message" in address) throw new Settled(misconfigured(address.message))
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

async function fetchCredentials(
  family: Family,
  key: string | null,
  { options, authorization: { header, prefix } }: ProviderSettings,
  context: CallContext,
): Promise<Fetched<Credentials>> {
  const none = { headers: {}, aws: null, project: null }
  switch (family) {
    case "anthropic":
    case "gemini":
      return { kind: "ready", value: { ...none, headers: key === null ? {} : { [header]: prefix + key } } }
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

/** Explains why a package could not translate the request. Messages of its other errors may quote the request, and are left out. */
function explainFailure(error: unknown): ParameterError {
  const { name, message } = error as { name?: unknown; message?: unknown }
  const isNamed = name === "AI_UnsupportedFunctionalityError"
  const what = isNamed ? `: ${message}` : ""
  return {
    isUnsupported: true,
    message: `the request cannot be translated into this provider's form${what}`,
    param: "",
  }
}

/** The package joins these beta features with its own. */
function betas(call: Call, provider: ProviderSettings): Record<string, string> {
  const theirs = { ...call.extras.headers, ...provider.headers }
  const found = Object.entries(theirs).filter(([name]) => name.toLowerCase() === BETA)
  return Object.fromEntries(found.map(([, value]) => [BETA, value]))
}
