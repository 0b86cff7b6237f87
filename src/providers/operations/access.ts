// The address of a native operation and what authorises its requests: a key in a header, or the credentials of Google and Amazon.
import type { Attempt } from "../adapter.ts"
import type { Target } from "../chat/family.ts"
import { findAddress } from "../chat/packages.ts"
import { refusalReader } from "../chat/refusal.ts"
import { authorisedForAws, awsCredentials } from "../credentials/aws.ts"
import { withoutCredentials } from "../credentials/fetched.ts"
import { googleCredentials } from "../credentials/googlelogin.ts"
import { addAuthorization } from "../headers.ts"
import { misconfigured, Settled } from "../outcomes.ts"
import type { ReadRefusal } from "../refusalreader.ts"

export interface Place {
  /** Requests go to addresses below it. */
  base: string
  /** The region of Amazon; empty for others. */
  region: string
  /** Adds what authorises the request to its headers. Existing headers are not replaced. */
  authorise(request: { url: string; headers: Headers; body: string }): Promise<Headers>
  /** Reads refusals in the provider's own form. */
  readRefusal?: ReadRefusal
}

/** Finds the place of a request. May throw when the call is aborted. @throws {Settled} when it cannot be sent */
export type Access = (attempt: Attempt) => Promise<Place>

/** Sends the key in a header, after a scheme if the provider needs one. */
export function keyHeader(name: string, scheme = "", words: Pick<Place, "readRefusal"> = {}): Access {
  return async ({ provider, key }) => ({
    base: provider.baseUrl,
    region: "",
    authorise: async ({ headers }) => addAuthorization(headers, key === null ? {} : { [name]: scheme + key }, provider),
    ...words,
  })
}

export const bearer = keyHeader("authorization", "Bearer ")

const google: Target = { family: "vertex", dialect: "gemini", isClaude: false, name: "" }
const amazon: Target = { family: "bedrock", dialect: "converse", isClaude: false, name: "" }
const googles = { readRefusal: refusalReader(google) }
const amazons = { readRefusal: refusalReader(amazon) }

/** https://ai.google.dev/gemini-api/docs/api-key */
export const gemini = keyHeader("x-goog-api-key", "", googles)

/** https://docs.cloud.google.com/vertex-ai/docs/reference/rest */
export const vertex: Access = async ({ provider, context, key }) => {
  const { baseUrl, options } = provider
  const found = await googleCredentials(key, options, context)
  if (found.kind === "missing") throw new Settled(withoutCredentials(provider.name, found))
  const address = findAddress(google, baseUrl, options, found.value.project)
  if ("message" in address) throw new Settled(misconfigured(address.message))
  return {
    ...address,
    ...googles,
    authorise: async ({ headers }) => addAuthorization(headers, found.value.headers, provider),
  }
}

const AI_PLATFORM = /^https:\/\/[^/]*aiplatform[^/]*\.googleapis\.com(?=\/|$)/
/** The ranking API is a separate service: https://docs.cloud.google.com/generative-ai-app-builder/docs/ranking */
const RANKING_URL = "https://discoveryengine.googleapis.com"

export const vertexRanking: Access = async ({ provider, context, key }) => {
  const { baseUrl, options } = provider
  const found = await googleCredentials(key, options, context)
  if (found.kind === "missing") throw new Settled(withoutCredentials(provider.name, found))
  const project = options["project"] ?? found.value.project ?? ""
  if (!/^[a-z0-9:.-]+$/.test(project))
    throw new Settled(misconfigured("vertex needs a project's id to rank: set options.project"))
  const root = baseUrl.replace(AI_PLATFORM, RANKING_URL).replace(/\/v1$/, "")
  return {
    base: `${root}/v1/projects/${project}/locations/global/rankingConfigs`,
    region: "",
    ...googles,
    authorise: async ({ headers }) =>
      addAuthorization(headers, { ...found.value.headers, "x-goog-user-project": project }, provider),
  }
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html */
export const bedrock: Access = async ({ provider, context, key }) => {
  const { baseUrl, options } = provider
  const found = await awsCredentials(key, options, context)
  if (found.kind === "missing") throw new Settled(withoutCredentials(provider.name, found))
  const address = findAddress(amazon, baseUrl, options, null)
  if ("message" in address) throw new Settled(misconfigured(address.message))
  const { region } = address
  const authorise: Place["authorise"] = (request) =>
    authorisedForAws(request, found.value, region, context.clock.wall())
  return { ...address, ...amazons, authorise }
}

/** The service for agents has another host: https://docs.aws.amazon.com/general/latest/gr/bedrock.html */
export const bedrockAgents: Access = async (attempt) => {
  const place = await bedrock(attempt)
  return { ...place, base: place.base.replace("//bedrock-runtime", "//bedrock-agent-runtime") }
}
