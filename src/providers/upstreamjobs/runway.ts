// Runway: images. https://docs.dev.runwayml.com/api/, https://github.com/runwayml/sdk-node
import type { Outcome } from "../../call.ts"
import { unreadable } from "../upstreamreplies.ts"
import { findImages, imageRequest, type Picture, toUrl, withAddresses } from "./imageresult.ts"
import { anyImage, type ImageCapabilities } from "./jobparameters.ts"
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

/** https://docs.dev.runwayml.com/assets/inputs/: 5 MB as a data: URL. */
const INLINE_CHARS_MAX = 5_000_000

/**
 * https://docs.dev.runwayml.com/api/#tag/Start-generating/paths/~1v1~1text_to_image/post; referenceImages are required of one model:
 * https://github.com/runwayml/sdk-node/blob/main/src/resources/text-to-image.ts
 */
const capabilities: ImageCapabilities = { ...anyImage, masks: false, imagesMax: 16, remakers: ["gen4_image_turbo"] }

export const runway = createAdapter(
  {
    headers: { "x-runway-version": "2024-11-06" },
    // "Consumers should not expect updates more frequent than once every five seconds for a given task."
    pollMs: [5000, 15_000],
  },
  {
    async start(attempt) {
      const json = await buildInput(attempt)
      const reply = await ask(attempt, { method: "POST", path: "/text_to_image", json })
      const id = readId(reply.value["id"])
      if (id === null) return unreadable(attempt, reply, "it names no task")
      return pending(attempt, { id, startedAt: attempt.context.clock.now() }, reply)
    },
    async resume(attempt, state) {
      const reply = await ask(attempt, { method: "GET", path: `/tasks/${state.id}` })
      return await readOutcome(attempt, state, reply)
    },
    // It would delete the output of a task that has ended, but then the job has ended too.
    cancel: ({ id }) => ({ method: "DELETE", path: `/tasks/${id}` }),
  },
  capabilities,
)

/** An edit is a generation with reference images. */
async function buildInput(attempt: JobAttempt): Promise<Record<string, unknown>> {
  const { model } = attempt.call
  const { prompt, n, size, images, rest } = await imageRequest(attempt, capabilities)
  const address = (picture: Picture) => toUrl(picture, INLINE_CHARS_MAX)
  const uris = await Promise.all(images.map(address))
  const input = {
    model,
    promptText: prompt,
    // Required. Only this family of models can choose the ratio itself. All others support squares of this size.
    ratio: size !== null ? `${size.width}:${size.height}` : model.startsWith("gpt_image") ? "auto" : "1024:1024",
    ...(n === 1 ? {} : { outputCount: n }),
    ...(uris.length === 0 ? {} : { referenceImages: uris.map((uri) => ({ uri })) }),
    ...rest,
  }
  return await withAddresses(input, address)
}

async function readOutcome(attempt: JobAttempt, state: State, reply: JobReply): Promise<Outcome> {
  const { status, failure, failureCode, output, createdAt } = reply.value
  switch (status) {
    case "SUCCEEDED": {
      const data = findImages(output ?? [])
      if (data.length === 0) return unreadable(attempt, reply, "its output has no images")
      return await finished(attempt, state, reply, { created: parseSeconds(createdAt, state.startedAt), data })
    }
    case "FAILED": {
      const code = readText(failureCode)
      const words = readText(failure) ?? "the task failed, and the provider does not say why"
      return ended(state, reply.upstream, mapStatus(code), words, code)
    }
    case "CANCELLED":
      return ended(state, reply.upstream, 499, "the task was cancelled at the provider")
    default:
      return pending(attempt, state, reply)
  }
}

/** https://docs.dev.runwayml.com/errors/task-failures/: unsafe content and invalid assets are errors of the request, all others are Runway's. */
function mapStatus(code: string | null): number {
  if (/(^|\.)SAFETY(\.|$)/.test(code ?? "")) return 400
  return code?.startsWith("ASSET.") ? 422 : 502
}
