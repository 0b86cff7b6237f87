// The adapters for upstream jobs by the adapter names of the rows.
import type { UpstreamJobName } from "../adapternames.ts"
import { assemblyai } from "./assemblyai.ts"
import { blackForestLabs } from "./blackforestlabs.ts"
import { fal } from "./fal.ts"
import { luma } from "./luma.ts"
import { replicate } from "./replicate.ts"
import { runway } from "./runway.ts"
import type { UpstreamJob } from "./upstreamjob.ts"

export const upstreamJobs = {
  "assemblyai-job": assemblyai,
  "blackforestlabs-job": blackForestLabs,
  "fal-job": fal,
  "luma-job": luma,
  "replicate-job": replicate,
  "runway-job": runway,
} satisfies Record<UpstreamJobName, UpstreamJob> as Readonly<Record<UpstreamJobName, UpstreamJob>>

/** @throws where no adapter has this name */
export function getUpstreamJob(name: UpstreamJobName): UpstreamJob {
  const job = upstreamJobs[name]
  if (!job) throw new Error(`there is no upstream job ${name}`)
  return job
}
