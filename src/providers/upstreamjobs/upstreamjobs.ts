// The media providers by the names that rows give them as their adapters.
import type { Adapter } from "../perform.ts"
import { assemblyai } from "./assemblyai.ts"
import { fal } from "./fal.ts"
import { luma } from "./luma.ts"
import type { MediaName } from "./mediaparameters.ts"
import { replicate } from "./replicate.ts"
import { runway } from "./runway.ts"

export const mediaAdapters: Record<MediaName, Adapter> = { assemblyai, fal, luma, replicate, runway }
