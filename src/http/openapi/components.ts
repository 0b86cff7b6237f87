// The headers, parameters and security schemes of the API document, which its operations refer to. Only described here, not decided.
import type { DocumentDecoration } from "elysia"
import { endpoints } from "../../endpoints/endpoints.ts"
import { EXTRA_HEADERS_TO, extraHeadersTo } from "../request/extraheaders.ts"
import { onInterrupt, priorities } from "../request/joboptions.ts"
import { ON_DISCONNECT, onDisconnect } from "../synchronous.ts"
import { WAIT_SECONDS_MAX } from "../wait.ts"
import { listParameters } from "./listparameters.ts"

type Parameters = NonNullable<DocumentDecoration["parameters"]>
type Headers = NonNullable<Exclude<NonNullable<DocumentDecoration["responses"]>[string], { $ref: string }>["headers"]>

// A parameter has no example and no default: Swagger UI would fill it in, and send what nobody asked for.
const text = { type: "string" } as const

/** Not among the components, because the plugin adds one of its own where an operation does not contain it. */
export const jobId = {
  name: "job_id",
  in: "path",
  required: true,
  description: "The `id` that a submit answered: submit a job first, and copy it from there.",
  schema: { type: "string", format: "uuid" },
} as const

const billedTypes = endpoints
  .filter(({ isBilledPerCall }) => isBilledPerCall)
  .map(({ requestType }) => `\`${requestType}\``)
  .join(", ")

/** The parameters of requests, by name. */
export const parameters = {
  "x-request-id": {
    name: "x-request-id",
    in: "header",
    description:
      "The caller's own id for the request. That of a submit is stored with the job, and every response carries it.",
    schema: text,
  },
  "x-bf-async-job-result-ttl": {
    name: "x-bf-async-job-result-ttl",
    in: "header",
    description:
      "How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum.",
    schema: { type: "integer", minimum: 1 },
  },
  "x-bf-async-webhook": {
    name: "x-bf-async-webhook",
    in: "header",
    description:
      "The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing.",
    schema: text,
  },
  "Cancel-After": {
    name: "Cancel-After",
    in: "header",
    description:
      "The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds.",
    schema: { type: "string", pattern: "^0*[1-9]\\d*(ms|s|m|h|d)?$" },
  },
  [EXTRA_HEADERS_TO]: {
    name: EXTRA_HEADERS_TO,
    in: "header",
    description:
      "Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`.",
    schema: { type: "string", enum: [...extraHeadersTo] },
  },
  "x-asyncgate-priority": {
    name: "x-asyncgate-priority",
    in: "header",
    description:
      "The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`.",
    schema: { type: "string", enum: [...priorities] },
  },
  "x-asyncgate-on-interrupt": {
    name: "x-asyncgate-on-interrupt",
    in: "header",
    description: `What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: \`retry\` repeats the call as any other failure is retried; \`fail\` ends the job, so that nothing is billed twice. Without it the call is repeated once for ${billedTypes}, and as by \`retry\` for all others.`,
    schema: { type: "string", enum: [...onInterrupt] },
  },
  [ON_DISCONNECT]: {
    name: ON_DISCONNECT,
    in: "header",
    description:
      "What becomes of the job when the client disconnects: `cancel` cancels it and aborts its call; with `continue` it goes on, and its result is collected at `/v1/async/jobs/{job_id}`; `resume`, for streams of `/v1/responses` alone, lets it go on too, and stores the events before they are sent, so that the stream is opened again by `GET /v1/responses/{response_id}?stream=true&starting_after=N`, also after a crash of the gateway. Without it `cancel`, and with an `Idempotency-Key` `continue`.",
    schema: { type: "string", enum: [...onDisconnect] },
  },
  "Idempotency-Key": {
    name: "Idempotency-Key",
    in: "header",
    description:
      "When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused.",
    schema: { type: "string", maxLength: 255 },
  },
  Prefer: {
    name: "Prefer",
    in: "header",
    description: `\`wait=N\`, as \`wait=10\`, holds the response until the job has ended, at most N seconds and never more than ${WAIT_SECONDS_MAX} (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual.`,
    schema: text,
  },
  traceparent: {
    name: "traceparent",
    in: "header",
    description:
      "A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it.",
    schema: text,
  },
  "x-bf-direct-key": {
    name: "x-bf-direct-key",
    in: "header",
    description:
      "`true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none.",
    schema: text,
  },
  "x-bf-api-key": {
    name: "x-bf-api-key",
    in: "header",
    description: "The name of the one configured provider key to call with.",
    schema: text,
  },
  "x-bf-api-key-id": {
    name: "x-bf-api-key-id",
    in: "header",
    description: "The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`.",
    schema: text,
  },
  ...listParameters,
  index: {
    name: "index",
    in: "query",
    description: "The index of an image in a result that has several, counted from 0; the first without it.",
    schema: { type: "integer", minimum: 0, maximum: 999 },
  },
  omit: {
    name: "omit",
    in: "query",
    description: "`result` leaves the result out: of a completed job its `result_bytes` are there instead.",
    schema: { type: "string", enum: ["result"] },
  },
  file: {
    name: "file",
    in: "query",
    description: "The index of a file of the form, counted from 0.",
    schema: { type: "integer", minimum: 0 },
  },
  Range: {
    name: "Range",
    in: "header",
    description: "One range of bytes, as `bytes=0-1023`. Anything else is answered with the whole content.",
    schema: text,
  },
  "If-None-Match": {
    name: "If-None-Match",
    in: "header",
    description: "The `ETag` of a response that the caller has stored: 304 when it is still valid.",
    schema: text,
  },
  "If-Range": {
    name: "If-Range",
    in: "header",
    description:
      "The `ETag` of the response whose rest `Range` asks for: the whole content when it is no longer valid.",
    schema: text,
  },
} satisfies Record<string, Parameters[number]>

/** The headers of responses. One that is required is always there. */
export const headers = {
  Location: { required: true, description: "The path where the job is polled.", schema: text },
  "Retry-After": { required: true, description: "Whole seconds to wait.", schema: { type: "integer" } },
  "openai-poll-after-ms": {
    required: true,
    description: "The same in milliseconds, estimated from how long the last jobs of the model took.",
    schema: { type: "integer" },
  },
  "x-request-id": {
    required: true,
    description: "The request's id: as sent, else the job's or a new one.",
    schema: text,
  },
  "x-job-id": {
    required: true,
    description: "The id of the job: at `/v1/async/jobs/{job_id}` as long as it is kept.",
    schema: text,
  },
  "Preference-Applied": { description: "`wait=N`, where `Prefer` asked for it.", schema: text },
  "Idempotent-Replayed": {
    description: "`true` where the Idempotency-Key was sent before: the job is the one that was made then.",
    schema: text,
  },
  "Server-Timing": {
    required: true,
    description:
      "Milliseconds (W3C Server Timing). A submit: `store;dur=1.25`, from its arrival until the job was on disk. A job: `wait;dur=3, run;dur=812`, the time until its last attempt started, and from then until its end or until now; without `run` before the first attempt.",
    schema: text,
  },
  Link: { description: 'The next page: `<…>; rel="next"`. Not there on the last one.', schema: text },
  ETag: { required: true, description: "Identifies these bytes, which never change.", schema: text },
  "Accept-Ranges": { required: true, description: "`bytes`", schema: text },
  "Content-Range": {
    required: true,
    description:
      "Which bytes these are and how many there are: `bytes 0-1023/4112`; `bytes */4112` where none can be sent.",
    schema: text,
  },
  ImageLocation: { required: true, description: "The address of the image at the provider.", schema: text },
} satisfies Headers

/** Every header that may carry a key. A key that starts with `sk-bf-` is a virtual key of this gateway in all of them. */
export const securitySchemes = {
  virtualKey: {
    type: "apiKey",
    in: "header",
    name: "x-bf-vk",
    description: "A virtual key of this gateway.",
  },
  bearer: {
    type: "http",
    scheme: "bearer",
    description:
      "A virtual key (`sk-bf-…`), or the caller's own key for the provider that is called. With the admin token the jobs of all callers are visible.",
  },
  xApiKey: {
    type: "apiKey",
    in: "header",
    name: "x-api-key",
    description: "A virtual key (`sk-bf-…`), or the caller's own provider key.",
  },
  xGoogApiKey: {
    type: "apiKey",
    in: "header",
    name: "x-goog-api-key",
    description: "A virtual key (`sk-bf-…`), or the caller's own provider key.",
  },
  apiKey: { type: "apiKey", in: "header", name: "api-key", description: "A virtual key (`sk-bf-…`)." },
} as const

/** No key, or one in any of these headers. */
export const security: Record<string, string[]>[] = [
  {},
  ...Object.keys(securitySchemes).map((name) => ({ [name]: [] })),
]

export function listParameterRefs(...names: (keyof typeof parameters)[]): Parameters {
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }))
}

export function listHeaderRefs(...names: Exclude<keyof typeof headers, "ImageLocation">[]): Headers {
  return Object.fromEntries(names.map((name) => [name, headerRef(name)]))
}

/** For the one header that has two descriptions. */
export function headerRef(name: keyof typeof headers) {
  return { $ref: `#/components/headers/${name}` }
}
