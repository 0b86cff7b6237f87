// Luma: images by its Photon models. https://docs.lumalabs.ai/docs/image-generation, https://github.com/lumalabs/lumaai-node

import type { Outcome } from "../../call.ts"
import { asRecord } from "../../values.ts"
import { unreadable } from "../upstreamreplies.ts"
import { findImages, imageRequest } from "./imageresult.ts"
import { formatRatio, type ImageCapabilities } from "./jobparameters.ts"
import {
  ask,
  createAdapter,
  ended,
  finished,
  type JobAttempt,
  type JobReply,
  parseSeconds,
  pending,
  readId,
  readText,
  type State,
} from "./upstreamjob.ts"

/** "you should upload and use your own cdn image urls" */
const capabilities: ImageCapabilities = {
  several: false,
  masks: false,
  imagesMax: 1,
  ratios: ["1:1", "16:9", "9:16", "4:3", "3:4", "21:9", "9:21"],
  files: false,
}

export const luma = createAdapter(
  { pollMs: [3000, 15_000] },
  {
    async start(attempt) {
      const json = await buildInput(attempt)
      const reply = await ask(attempt, { method: "POST", path: "/generations/image", json })
      const id = readId(reply.value["id"])
      if (id === null) return unreadable(attempt, reply, "it names no generation")
      return await readOutcome(attempt, { id, startedAt: attempt.context.clock.now() }, reply)
    },
    async resume(attempt, state) {
      const reply = await ask(attempt, { method: "GET", path: `/generations/${state.id}` })
      return await readOutcome(attempt, state, reply)
    },
    cancel: ({ id }) => ({ method: "DELETE", path: `/generations/${id}` }),
  },
  capabilities,
)

async function buildInput(attempt: JobAttempt): Promise<Record<string, unknown>> {
  const { prompt, size, images, rest } = await imageRequest(attempt, capabilities)
  const [image] = images
  return {
    model: attempt.call.model,
    prompt,
    ...(size === null ? {} : { aspect_ratio: formatRatio(size) }),
    ...(image === undefined ? {} : { modify_image_ref: { url: image } }),
    ...rest,
  }
}

async function readOutcome(attempt: JobAttempt, state: State, reply: JobReply): Promise<Outcome> {
  const { state: progress, failure_reason, assets, created_at } = reply.value
  if (progress === "failed") {
    const words = readText(failure_reason) ?? "the generation failed, and the provider does not say why"
    return ended(state, reply.upstream, isTheirFault(words) ? 502 : 422, words)
  }
  if (progress !== "completed") return pending(attempt, state, reply)
  const data = findImages(asRecord(assets)["image"])
  if (data.length === 0) return unreadable(attempt, reply, "its assets have no image")
  return await finished(attempt, state, reply, { created: parseSeconds(created_at, state.startedAt), data })
}

/** The reason of a failure is only a text. A failed generation costs nothing: https://docs.lumalabs.ai/docs/faq */
function isTheirFault(words: string): boolean {
  return /^\s*5\d\d\b|internal|unavailable|timed? ?out|try again/i.test(words)
}
