// The adapters for upstream jobs by the adapter names of the rows.
import type { Adapter } from "../adapter.ts"
import type { UpstreamJobName } from "../adapternames.ts"
import { assemblyai } from "./assemblyai.ts"
import { fal } from "./fal.ts"
import { luma } from "./luma.ts"
import { replicate } from "./replicate.ts"
import { runway } from "./runway.ts"

export const upstreamJobAdapters: Record<UpstreamJobName, Adapter> = { assemblyai, fal, luma, replicate, runway }
