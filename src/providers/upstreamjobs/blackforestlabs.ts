// Black Forest Labs: images by its FLUX models. https://docs.bfl.ai/api-reference/utility/get-result.md (read 2026-12-01),
// https://github.com/vercel/ai/tree/main/packages/black-forest-labs; schemas:
// https://github.com/api-evangelist/black-forest-labs/tree/main/openapi (2026-08-22)
import type { Outcome } from "../../call.ts"
import { asRecord } from "../../values.ts"
import { unreadable } from "../upstreamreplies.ts"
import { findImages, imageRequest, type Picture, withAddresses } from "./imageresult.ts"
import { anyImage, formatRatio, type ImageCapabilities } from "./jobparameters.ts"
import {
  ask,
  createAdapter,
  encodePath,
  ended,
  finished,
  type JobAttempt,
  type JobReply,
  pending,
  readId,
  type State,
} from "./upstreamjob.ts"

/** Its masks are white where it paints, and not transparent as OpenAI's. */
const capabilities: ImageCapabilities = { ...anyImage, several: false, masks: false, imagesMax: 10 }

interface Task extends State {
  /** Where its state is asked for. Null: at the usual address. */
  url: string | null
}

export const blackForestLabs = createAdapter<Task>(
  { pollMs: [1000, 5000] },
  {
    async start(attempt) {
      const json = await buildInput(attempt)
      const reply = await ask(attempt, { method: "POST", path: `/${encodePath(attempt.call.model)}`, json })
      const id = readId(reply.value["id"])
      if (id === null) return unreadable(attempt, reply, "it names no task")
      const url = trust(reply.value["polling_url"], attempt.provider.baseUrl)
      const task: Task = { id, url, startedAt: attempt.context.clock.now() }
      return pending(attempt, task, reply)
    },
    async resume(attempt, { url, ...task }) {
      const path = `/get_result?id=${task.id}`
      // The base URL may be another one by now, and the key may be meant for that alone.
      const own = trust(url, attempt.provider.baseUrl)
      const reply = await ask(attempt, { method: "GET", path, ...(own === null ? {} : { url: own }) })
      return await readOutcome(attempt, { url, ...task }, reply)
    },
  },
  capabilities,
)

/** The global address hands a task to a host of a region, which alone knows it. No other host gets the key. */
function trust(url: unknown, base: string): string | null {
  if (typeof url !== "string" || !URL.canParse(url)) return null
  const { origin, protocol, hostname } = new URL(url)
  const isSibling =
    protocol === "https:" && [hostname, new URL(base).hostname].every((host) => /(^|\.)bfl\.ai$/.test(host))
  return origin === new URL(base).origin || isSibling ? url : null
}

async function buildInput(attempt: JobAttempt): Promise<Record<string, unknown>> {
  const { model } = attempt.call
  const { prompt, size, images, rest } = await imageRequest(attempt, capabilities)
  const name = model.includes("fill") ? "image" : "input_image"
  const pictures = images.map((image, at): [string, Picture] => [at === 0 ? name : `${name}_${at + 1}`, image])
  const input = { prompt, ...Object.fromEntries(pictures), ...nameSize(model, size), ...rest }
  return await withAddresses(input, encode)
}

/** These models have aspect ratios only. */
function nameSize(model: string, size: { width: number; height: number } | null): Record<string, unknown> {
  if (size === null) return {}
  return /kontext|ultra/.test(model) ? { aspect_ratio: formatRatio(size) } : { ...size }
}

/** An address, or base64 without the head of a data: URL. */
async function encode(picture: Picture): Promise<string> {
  return typeof picture === "string" ? picture : Buffer.from(await picture.arrayBuffer()).toString("base64")
}

async function readOutcome(attempt: JobAttempt, task: Task, reply: JobReply): Promise<Outcome> {
  const { status, result, details } = reply.value
  switch (status) {
    case "Ready": {
      const data = findImages(asRecord(result)["sample"] ?? [])
      if (data.length === 0) return unreadable(attempt, reply, "its result has no sample")
      return await finished(attempt, task, reply, { created: Math.floor(task.startedAt / 1000), data })
    }
    case "Request Moderated":
    case "Content Moderated":
      return ended(task, reply.upstream, 400, `the provider's moderation stopped it: ${status}`, status)
    case "Error":
    case "Failed":
    case "Task not found":
      return ended(task, reply.upstream, 502, `the task ended with ${status}${explain(details)}`, status)
    default:
      return pending(attempt, task, reply)
  }
}

function explain(details: unknown): string {
  return details === null || details === undefined ? "" : `: ${JSON.stringify(details)}`
}
