// The streams of the native forms of chat, by the form that a model speaks.
import { append } from "../../json.ts"
import { asRecord, asText, isRecord } from "../../values.ts"
import { readEvents } from "../eventparser.ts"
import { readFrames } from "../frameparser.ts"
import { EVENT_STREAM } from "../transport.ts"
import type { NativeStream } from "./assembly.ts"
import { startConverse } from "./conversestream.ts"
import type { Target } from "./family.ts"
import { startCandidates } from "./geministream.ts"
import { startMessage } from "./messagestream.ts"

export const nativeStreams: Readonly<Record<Target["dialect"], NativeStream>> = {
  messages: {
    mediaType: EVENT_STREAM,
    // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude
    ask: (url, body) => ({
      url: url.replace(/:rawPredict$/, ":streamRawPredict"),
      body: append(body, "stream", "true"),
    }),
    read: readEvents,
    start: startMessage,
    readStatus: ({ type, error }) => (type === "error" ? (claudes[asText(asRecord(error)["type"])] ?? 500) : null),
  },
  gemini: {
    mediaType: EVENT_STREAM,
    ask: (url, body) => ({ url: url.replace(/:generateContent$/, ":streamGenerateContent?alt=sse"), body }),
    read: readEvents,
    start: startCandidates,
    // https://cloud.google.com/apis/design/errors#error_model
    readStatus: ({ error }) => (isRecord(error) ? Number(error["code"]) : null),
  },
  converse: {
    mediaType: "application/vnd.amazon.eventstream",
    ask: (url, body) => ({ url: url.replace(/\/converse$/, "/converse-stream"), body }),
    read: readFrames,
    start: startConverse,
    readStatus: (_, name) => (name === null ? null : (amazons[name] ?? 500)),
  },
}

/** https://platform.claude.com/docs/en/api/errors#http-errors */
const claudes: Readonly<Record<string, number>> = {
  ...{ invalid_request_error: 400, authentication_error: 401, billing_error: 402, permission_error: 403 },
  ...{ not_found_error: 404, request_too_large: 413, rate_limit_error: 429, api_error: 500 },
  ...{ timeout_error: 504, overloaded_error: 529 },
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html */
const amazons: Readonly<Record<string, number>> = {
  ...{ validationException: 400, modelStreamErrorException: 424, throttlingException: 429 },
  ...{ internalServerException: 500, serviceUnavailableException: 503 },
}
