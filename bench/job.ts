// A job as a client's chat completion becomes one, for what drives the store without a server before it.
import { createJobIds } from "../src/jobs/ids.ts"
import type { NewJob } from "../src/jobs/job.ts"
import { ANY_KEY } from "../src/providers/keys.ts"
import { chatRequest } from "./request.ts"

const DAY_MS = 86_400_000
const newJobId = createJobIds(0)

/** @param createdAt epoch milliseconds */
export function newJob(provider: string, model: string, createdAt: number): NewJob {
  return {
    id: newJobId(createdAt),
    requestId: crypto.randomUUID(),
    requestType: "chat_completion",
    owner: "",
    provider,
    model,
    createdAt,
    deadlineAt: createdAt + DAY_MS,
    ttlMs: DAY_MS,
    priority: 1,
    keyChoice: ANY_KEY,
    lossRetries: null,
    body: chatRequest(`${provider}/${model}`),
    form: null,
    extras: null,
    warnings: null,
    fallbacks: null,
    secret: null,
    idempotencyKey: null,
    bodyDigest: null,
    originId: null,
    webhook: null,
    batch: null,
    batchLine: null,
  }
}
