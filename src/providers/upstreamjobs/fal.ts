// Images made through fal's queue. https://fal.ai/docs/documentation/model-apis/inference/queue
import type { Outcome } from "../../call.ts"
import { isRecord } from "../../endpoints/bodyschema.ts"
import { listOf, recordOf } from "../../endpoints/usage.ts"
import { addressOf, imageRequest, imagesIn, type Picture, withAddresses } from "./imageresult.ts"
import { able, ratioOf } from "./mediaparameters.ts"
import {
  ask,
  createAdapter,
  type Exchange,
  finished,
  idOf,
  pathOf,
  pending,
  type Question,
  type Reply,
  Settled,
  type State,
  textOf,
  unreadable,
} from "./upstreamjob.ts"

/** fal says no limit for what goes along in a request; larger files are better kept at an address. */
const INLINE_CHARS_MAX = 20_000_000

/** It is kept with the job. */
const ADDRESS_CHARS_MAX = 2000

interface Queued extends State {
  /** The request's own, below the queue's address. */
  path: string
}

export const fal = createAdapter<Queued>(
  { pollMs: [1000, 10_000] },
  {
    async start(exchange) {
      const { model } = exchange.call
      const json = await inputOf(exchange)
      const reply = await askQueue(exchange, { method: "POST", path: `/${pathOf(model)}`, json })
      const id = idOf(reply.value["request_id"])
      if (id === null) return unreadable(exchange, reply, "it names no request")
      const path = belowBase(exchange, reply.value["response_url"]) ?? `/${appOf(model)}/requests/${id}`
      return pending(exchange, { id, path, startedAt: exchange.context.clock.now() } as Queued, reply)
    },
    async resume(exchange, state) {
      const progress = await askQueue(exchange, { method: "GET", path: `${state.path}/status` })
      if (progress.value["status"] !== "COMPLETED") return pending(exchange, state, progress)
      return await resultOf(exchange, state, progress)
    },
    cancel: ({ path }) => ({ method: "PUT", path: `${path}/cancel` }),
  },
)

/** What most endpoints call it; each takes of it what it knows, and says what it misses. */
async function inputOf(exchange: Exchange): Promise<Record<string, unknown>> {
  const { prompt, n, size, images, mask, rest } = await imageRequest(exchange, able.fal)
  const address = (picture: Picture) => addressOf(picture, INLINE_CHARS_MAX)
  const [only, ...others] = await Promise.all(images.map(address))
  const input = {
    prompt,
    ...(n === 1 ? {} : { num_images: n }),
    ...(size === null ? {} : { image_size: size, aspect_ratio: ratioOf(size) }),
    // An endpoint for one image knows one of these names, an endpoint for several the other.
    ...(only === undefined ? {} : { image_urls: [only, ...others] }),
    ...(only === undefined || others.length > 0 ? {} : { image_url: only }),
    ...(mask === null ? {} : { mask_url: mask }),
    ...rest,
  }
  return await withAddresses(input, address)
}

/** "The status, result, and cancel URLs use only the owner and the app", behind the namespaces that some have. */
function appOf(model: string): string {
  return model.split("/", /^(workflows|comfy)\//.test(model) ? 3 : 2).join("/")
}

/** The path of an address, where it lies below the provider's own; no other is ever asked. */
function belowBase({ provider: { baseUrl } }: Exchange, url: unknown): string | null {
  if (typeof url !== "string" || !URL.canParse(url) || new URL(url).href !== url) return null
  return url.startsWith(`${baseUrl}/`) && url.length <= ADDRESS_CHARS_MAX ? url.slice(baseUrl.length) : null
}

/** The request is done; whether it succeeded, its result says: https://fal.ai/docs/documentation/model-apis/errors */
async function resultOf(exchange: Exchange, state: Queued, progress: Reply): Promise<Outcome> {
  try {
    const reply = await askQueue(exchange, { method: "GET", path: state.path })
    const { images, image, ...others } = reply.value
    const data = imagesIn(images ?? image ?? [])
    if (data.length === 0) return unreadable(exchange, reply, "it has no images")
    const created = Math.floor(state.startedAt / 1000)
    const seconds = recordOf(progress.value["metrics"])["inference_time"]
    return await finished(exchange, state, reply, { created, data, ...others }, seconds)
  } catch (error) {
    if (!(error instanceof Settled) || error.outcome.kind !== "refused" || !isOfModel(error)) throw error
    return { ...error.outcome, isEnd: true, upstream: { ...error.outcome.upstream, requestId: state.id } }
  }
}

/** Whether it is the model's or its runner's word: the queue's own errors have other forms. */
function isOfModel({ outcome, answer }: Settled): boolean {
  const isWord = isRecord(answer?.value) && "detail" in answer.value
  return (
    (isWord || answer?.headers.has("x-fal-error-type") === true) && !("status" in outcome && outcome.status === 429)
  )
}

async function askQueue(exchange: Exchange, question: Question): Promise<Reply> {
  try {
    return await ask(exchange, question)
  } catch (error) {
    if (!(error instanceof Settled) || error.outcome.kind !== "refused" || !isRecord(error.answer?.value)) throw error
    const { outcome, answer } = error
    const { detail, error_type } = error.answer.value
    const errors = listOf(detail).filter(isRecord)
    const words = errors.map(({ msg }) => textOf(msg)).filter((text) => text !== null)
    const code = textOf(error_type) ?? textOf(errors[0]?.["type"]) ?? outcome.refusal.code
    const param = textOf(listOf(errors[0]?.["loc"]).at(-1))
    const message = words.length === 0 ? outcome.refusal.message : words.join("; ")
    throw new Settled({ ...outcome, refusal: { type: code, code, message, param } }, answer)
  }
}
