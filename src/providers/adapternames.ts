// The names that the rows of providers give their adapters. Data alone: it imports nothing, so that a provider's type can name its adapter.

/** Chat in a provider's own form. */
export const families = ["anthropic", "gemini", "vertex", "bedrock"] as const
export type Family = (typeof families)[number]

/** What an operation is for: the end of its name. */
const operationKinds = ["chat", "embed", "image", "rerank", "speech", "transcription"] as const

/** One request in a provider's own form, answered at once: `PROVIDER-KIND`. A test holds that each name has its operation. */
export type OperationName = `${string}-${(typeof operationKinds)[number]}`

/** The provider takes the request as a job, which is polled: `PROVIDER-job`. A test holds that each name has its adapter. */
export type UpstreamJobName = `${string}-job`

/** `raw` passes through what is in OpenAI's form; the others speak a provider's own. */
export type AdapterName = "raw" | "mock" | Family | OperationName | UpstreamJobName

export function isFamily(name: string): name is Family {
  return families.some((family) => family === name)
}

export function isOperation(name: string): name is OperationName {
  return operationKinds.some((kind) => name.endsWith(`-${kind}`))
}

export function isUpstreamJob(name: string): name is UpstreamJobName {
  return name.endsWith("-job")
}
