// The families of native chat: the form that a model speaks, and the settings and credentials in the environment. Pure.
import type { Family } from "../adapternames.ts"

/** The receiver of a request. */
export interface Target {
  family: Family
  /** Anthropic's Messages, Gemini's generateContent, Bedrock's Converse. */
  dialect: "messages" | "gemini" | "converse"
  /** Whether it is one of Anthropic's models, wherever it runs. */
  isClaude: boolean
  /** The name that tells which model it is. It may be another than the one that the provider is asked for. */
  name: string
}

/**
 * @param knownAs the model's real name, for one that an alias stands for. The ARN of an application inference profile does not tell the
 * model: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-create.html
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude, https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html
 */
export function findTarget(family: Family, model: string, knownAs = model): Target {
  if (family === "bedrock") {
    const known = model.startsWith("arn:") && !CLAUDE.test(model) ? knownAs : model
    const name = known.startsWith("claude") ? `anthropic.${known}` : known
    return { family, dialect: "converse", isClaude: CLAUDE.test(name), name }
  }
  // Vertex serves many makers' models, and its documents write some names with the maker.
  const name = family === "vertex" ? model.replace(/^(google|anthropic)\//, "") : model
  const isClaude = family === "anthropic" || (family === "vertex" && name.startsWith("claude-"))
  return { family, isClaude, dialect: isClaude ? "messages" : "gemini", name }
}

const CLAUDE = /anthropic|claude/

type Env = Readonly<Record<string, string | undefined>>

/**
 * The options of a family that the environment sets. The operator's options of the same names replace them.
 *
 * bedrock: `region`, `profile`, `credentialsFile`, `containerUrl`, `containerToken`, `containerTokenFile`, `metadataUrl`
 * ("off" turns it off), `stsUrl`; a key can have `roleArn`, `externalId`, `sessionName`. vertex: `project`, `location`, `credentialsFile`, `tokenUrl`, `metadataUrl`.
 */
export function readOptions(family: Family, env: Env): Record<string, string> {
  const found = family === "bedrock" ? amazon(env) : family === "vertex" ? google(env) : {}
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ""),
  )
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html, https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
function amazon(env: Env): Record<string, string | undefined> {
  const relative = env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
  const home = env["HOME"] || env["USERPROFILE"]
  const isOff = env["AWS_EC2_METADATA_DISABLED"]?.toLowerCase() === "true"
  return {
    region: env["AWS_REGION"] || env["AWS_DEFAULT_REGION"],
    profile: env["AWS_PROFILE"],
    credentialsFile: env["AWS_SHARED_CREDENTIALS_FILE"] || (home && `${home}/.aws/credentials`),
    containerUrl: relative ? `http://169.254.170.2${relative}` : env["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
    containerToken: env["AWS_CONTAINER_AUTHORIZATION_TOKEN"],
    containerTokenFile: env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"],
    metadataUrl: isOff ? "off" : env["AWS_EC2_METADATA_SERVICE_ENDPOINT"],
    // https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    stsUrl: env["AWS_ENDPOINT_URL_STS"],
  }
}

/** https://docs.cloud.google.com/docs/authentication/application-default-credentials */
function google(env: Env): Record<string, string | undefined> {
  const home = env["HOME"]
  const windows = env["APPDATA"]
  const wellKnown = "gcloud/application_default_credentials.json"
  return {
    project: env["GOOGLE_VERTEX_PROJECT"] || env["GOOGLE_CLOUD_PROJECT"],
    location: env["GOOGLE_VERTEX_LOCATION"] || env["GOOGLE_CLOUD_LOCATION"],
    credentialsFile:
      env["GOOGLE_APPLICATION_CREDENTIALS"] ||
      (windows ? `${windows}/${wellKnown}` : home && `${home}/.config/${wellKnown}`),
    metadataUrl: env["GCE_METADATA_HOST"] && `http://${env["GCE_METADATA_HOST"]}`,
  }
}
