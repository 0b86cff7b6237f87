// The names that the rows of providers give their adapters. Data alone: it imports nothing, so that a provider's type can name its adapter.

/** Chat in a provider's own form. */
export const families = ["anthropic", "gemini", "vertex", "bedrock"] as const
export type Family = (typeof families)[number]

/** One request in a provider's own form, answered at once. */
export const operationNames = [
  ...(["bedrock-embed", "bedrock-image", "bedrock-rerank"] as const),
  ...(["cohere-chat", "cohere-embed", "cohere-rerank"] as const),
  ...(["deepgram-speech", "deepgram-transcription", "elevenlabs-speech", "elevenlabs-transcription"] as const),
  "fireworks-rerank",
  ...(["gemini-embed", "gemini-image", "gemini-speech", "gemini-transcription"] as const),
  ...(["mistral-speech", "siliconflow-image"] as const),
  ...(["vertex-embed", "vertex-image", "vertex-rerank", "vertex-speech", "vertex-transcription"] as const),
  "voyage-rerank",
] as const
export type OperationName = (typeof operationNames)[number]

/** The provider takes the request as a job, which is polled. */
export const upstreamJobNames = ["replicate", "fal", "runway", "luma", "assemblyai"] as const
export type UpstreamJobName = (typeof upstreamJobNames)[number]

/** `raw` passes through what is in OpenAI's form; the others speak a provider's own. */
export type AdapterName = "raw" | "mock" | Family | OperationName | UpstreamJobName

const operationSet: ReadonlySet<string> = new Set(operationNames)

export function isFamily(name: string): name is Family {
  return families.some((family) => family === name)
}

export function isOperation(name: string): name is OperationName {
  return operationSet.has(name)
}

export function isUpstreamJob(name: string): name is UpstreamJobName {
  return upstreamJobNames.some((candidate) => candidate === name)
}
