// The SDK packages for the native forms, each loaded on its first use, and the addresses of their requests. They get no key: packagefetch.ts sends.
import type { LanguageModelV4 } from "@ai-sdk/provider"
import type { Target } from "./family.ts"

/** What a package needs to make a model. */
export interface Making {
  model: string
  base: string
  fetch: typeof fetch
  /** Makes ids for tool calls that have none. */
  generateId: () => string
}

/** Without a key a package would look for one in the environment. */
const NO_KEY = "none"
/** The package reads this version's form. A newer one may have blocks that it does not know. https://platform.claude.com/docs/en/api/versioning */
const ANTHROPIC_VERSION = "2023-06-01"

/**
 * Loads on demand in the compiled program too. Anthropic's and Google's packages are imported by the entries that the packages of Vertex
 * and Bedrock use as well: one copy of each form instead of two saves 1.3 MB of the binary and 5 MB of each thread. Vertex's entries are
 * those without google-auth-library (15 MB in each thread).
 */
export async function loadModel({ family, dialect }: Target, making: Making): Promise<LanguageModelV4> {
  const { model, base: baseURL, fetch, generateId } = making
  switch (family) {
    case "anthropic": {
      const { AnthropicLanguageModel } = await import("@ai-sdk/anthropic/internal")
      const headers = { "anthropic-version": ANTHROPIC_VERSION }
      return new AnthropicLanguageModel(model, { provider: "anthropic.messages", baseURL, headers, fetch, generateId })
    }
    case "gemini": {
      const { GoogleLanguageModel } = await import("@ai-sdk/google/internal")
      return new GoogleLanguageModel(model, { provider: "google.generative-ai", baseURL, fetch, generateId })
    }
    case "vertex": {
      if (dialect === "messages") {
        const { createGoogleVertexAnthropic } = await import("@ai-sdk/google-vertex/anthropic/edge")
        const generateAuthToken = async () => NO_KEY
        return createGoogleVertexAnthropic({ baseURL, generateAuthToken, fetch }).languageModel(model)
      }
      const { createGoogleVertex } = await import("@ai-sdk/google-vertex/edge")
      return createGoogleVertex({ baseURL, apiKey: NO_KEY, fetch, generateId }).languageModel(model)
    }
    case "bedrock": {
      const { createAmazonBedrock } = await import("@ai-sdk/amazon-bedrock")
      return createAmazonBedrock({ baseURL, apiKey: NO_KEY, region: NO_KEY, fetch }).languageModel(model)
    }
  }
}

/** The most tokens that a Claude can answer with. */
export async function findTokensMax(name: string): Promise<number> {
  const { getModelCapabilities } = await import("@ai-sdk/anthropic/internal")
  return getModelCapabilities(name).maxOutputTokens
}

/** A region or location in a host name. */
const PLACE = /^[a-z0-9-]+$/

/**
 * The address of a family's requests, without a trailing slash. In `baseUrl`, `{region}` (bedrock) and `{location}` (vertex) stand for
 * the values of the options. An operator's own address may lack them.
 * @param project the project of the credentials, used when the options have none
 */
export function findAddress(
  { family, dialect }: Target,
  baseUrl: string,
  options: Readonly<Record<string, string>>,
  project: string | null,
): { base: string; region: string } | { message: string } {
  if (family === "bedrock") return bedrock(baseUrl, options["region"])
  if (family === "vertex") return vertex(dialect, baseUrl, options, project)
  // Only v1beta has everything. Configured addresses end with /v1, as those of most providers do.
  return { base: family === "gemini" ? baseUrl.replace(/\/v1$/, "/v1beta") : baseUrl, region: "" }
}

/** https://docs.aws.amazon.com/general/latest/gr/bedrock.html */
function bedrock(baseUrl: string, region = /bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\./.exec(baseUrl)?.[1] ?? "") {
  if (!PLACE.test(region))
    return { message: "bedrock needs a region: set options.region, or AWS_REGION, to one like us-east-1" }
  const base = baseUrl.replace(/\/v1$/, "").replaceAll("{region}", region)
  return { base: region.startsWith("cn-") ? base.replace(/\.amazonaws\.com$/, ".amazonaws.com.cn") : base, region }
}

/** https://docs.cloud.google.com/vertex-ai/docs/reference/rest#rest_endpoints; the versions are those that the package uses. */
function vertex(
  dialect: Target["dialect"],
  baseUrl: string,
  options: Readonly<Record<string, string>>,
  project: string | null,
) {
  const place = findVertexPlace(dialect === "messages" ? "v1" : "v1beta1", baseUrl, options, project)
  const rest = dialect === "messages" ? "publishers/anthropic/models" : "publishers/google"
  return "message" in place ? place : { base: `${place.base}/${rest}`, region: "" }
}

/** The address of a project's location; without a project the root. @param project that of the credentials */
export function findVertexPlace(
  version: string,
  baseUrl: string,
  { location = "global", project: configured }: Readonly<Record<string, string>>,
  credited: string | null,
): { base: string; project: string | null } | { message: string } {
  const project = configured ?? credited
  if (!PLACE.test(location) || !/^[a-z0-9:.-]*$/.test(project ?? "")) {
    return {
      message: "vertex needs a location like us-central1 and a project's id: set options.location and options.project",
    }
  }
  const root = baseUrl.replace("{location}-aiplatform.googleapis.com", vertexHost(location)).replace(/\/v1$/, "")
  const place = project === null ? "" : `/projects/${project}/locations/${location}`
  return { base: `${root}/${version}${place}`, project }
}

function vertexHost(location: string): string {
  if (location === "global") return "aiplatform.googleapis.com"
  const isMany = location === "eu" || location === "us"
  return isMany ? `aiplatform.${location}.rep.googleapis.com` : `${location}-aiplatform.googleapis.com`
}
