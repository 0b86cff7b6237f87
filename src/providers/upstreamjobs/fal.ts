// Images by fal, through its queue. https://fal.ai/docs/documentation/model-apis/inference/queue

import type { Outcome } from "../../call.ts"
import { asList, asRecord, isRecord } from "../../values.ts"
import { Settled } from "../outcomes.ts"
import type { OwnRefusal, RefusalReply } from "../refusalreader.ts"
import { unreadable } from "../upstreamreplies.ts"
import { findImages, imageRequest, type Picture, toUrl, withAddresses } from "./imageresult.ts"
import { anyImage, formatRatio } from "./jobparameters.ts"
import {
  ask,
  createAdapter,
  encodePath,
  finished,
  type JobAttempt,
  type JobReply,
  pending,
  readId,
  readText,
  type State,
} from "./upstreamjob.ts"

/** fal documents no limit for files within a request. Larger ones should be sent as addresses. */
const INLINE_CHARS_MAX = 20_000_000

/** The address is stored with the job. */
const ADDRESS_CHARS_MAX = 2000

interface Queued extends State {
  /** The path of the request below the queue's address. */
  path: string
}

export const fal = createAdapter<Queued>(
  { readRefusal, pollMs: [1000, 10_000] },
  {
    async start(attempt) {
      const { model } = attempt.call
      const json = await buildInput(attempt)
      const reply = await ask(attempt, { method: "POST", path: `/${encodePath(model)}`, json })
      const id = readId(reply.value["request_id"])
      if (id === null) return unreadable(attempt, reply, "it names no request")
      const path = belowBase(attempt, reply.value["response_url"]) ?? `/${findApp(model)}/requests/${id}`
      return pending(attempt, { id, path, startedAt: attempt.context.clock.now() } as Queued, reply)
    },
    async resume(attempt, state) {
      const progress = await ask(attempt, { method: "GET", path: `${state.path}/status` })
      if (progress.value["status"] !== "COMPLETED") return pending(attempt, state, progress)
      return await readResult(attempt, state, progress)
    },
    cancel: ({ path }) => ({ method: "PUT", path: `${path}/cancel` }),
  },
)

/** Builds an input with the names that most models use. A model ignores names that it does not know, and reports what is missing. */
async function buildInput(attempt: JobAttempt): Promise<Record<string, unknown>> {
  const { prompt, n, size, images, mask, rest } = await imageRequest(attempt, anyImage)
  const address = (picture: Picture) => toUrl(picture, INLINE_CHARS_MAX)
  const [only, ...others] = await Promise.all(images.map(address))
  const input = {
    prompt,
    ...(n === 1 ? {} : { num_images: n }),
    ...(size === null ? {} : { image_size: size, aspect_ratio: formatRatio(size) }),
    // An endpoint for one image knows one of these names, an endpoint for several the other.
    ...(only === undefined ? {} : { image_urls: [only, ...others] }),
    ...(only === undefined || others.length > 0 ? {} : { image_url: only }),
    ...(mask === null ? {} : { mask_url: mask }),
    ...rest,
  }
  return await withAddresses(input, address)
}

/** "The status, result, and cancel URLs use only the owner and the app", after a namespace that some have. */
function findApp(model: string): string {
  return model.split("/", /^(workflows|comfy)\//.test(model) ? 3 : 2).join("/")
}

/** The path of an address below the provider's. Other addresses are never requested. */
function belowBase({ provider: { baseUrl } }: JobAttempt, url: unknown): string | null {
  if (typeof url !== "string" || !URL.canParse(url) || new URL(url).href !== url) return null
  return url.startsWith(`${baseUrl}/`) && url.length <= ADDRESS_CHARS_MAX ? url.slice(baseUrl.length) : null
}

/** The request is done. Its result says whether it succeeded: https://fal.ai/docs/documentation/model-apis/errors */
async function readResult(attempt: JobAttempt, state: Queued, progress: JobReply): Promise<Outcome> {
  try {
    const reply = await ask(attempt, { method: "GET", path: state.path, readRefusal: readResultRefusal })
    const { images, image, ...others } = reply.value
    const data = findImages(images ?? image ?? [])
    if (data.length === 0) return unreadable(attempt, reply, "it has no images")
    const created = Math.floor(state.startedAt / 1000)
    const seconds = asRecord(progress.value["metrics"])["inference_time"]
    return await finished(attempt, state, reply, { created, data, ...others }, seconds)
  } catch (error) {
    if (!(error instanceof Settled) || error.outcome.kind !== "refused" || !error.outcome.isEnd) throw error
    return { ...error.outcome, upstream: { ...error.outcome.upstream, requestId: state.id } }
  }
}

/** The model or its runner may have refused, which ends the job; errors of the queue have another form. */
function readResultRefusal(reply: RefusalReply): OwnRefusal {
  const { status, headers, body } = reply
  const isOfModel = (isRecord(body) && "detail" in body) || headers.has("x-fal-error-type")
  return { ...readRefusal(reply), isEnd: isOfModel && status !== 429 }
}

/** `{detail: [{type, msg, loc}], error_type}` */
function readRefusal({ body }: RefusalReply): OwnRefusal {
  const { detail, error_type } = asRecord(body)
  const errors = asList(detail).filter(isRecord)
  const words = errors.map(({ msg }) => readText(msg)).filter((text) => text !== null)
  const code = readText(error_type) ?? readText(errors[0]?.["type"])
  const param = readText(asList(errors[0]?.["loc"]).at(-1))
  return { refusal: { type: code, code, message: words.join("; "), param } }
}
