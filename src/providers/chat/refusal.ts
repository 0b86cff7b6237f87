// Reads a provider's refusal in each of the native forms. Pure.

import type { Refusal } from "../../call.ts"
import { asList, asRecord, asRecords } from "../../values.ts"
import type { OwnRefusal, ReadRefusal, RefusalReply } from "../refusalreader.ts"
import type { Target } from "./family.ts"

export function refusalReader(target: Target): ReadRefusal {
  return (reply) => readNative(target, reply)
}

function readNative({ dialect }: Target, { headers, body }: RefusalReply): OwnRefusal {
  // Google's streaming endpoints send a list of one.
  const root = asRecord(Array.isArray(body) ? body[0] : body)
  const error = asRecord(root["error"])
  const read = "error" in root ? (dialect === "gemini" || "status" in error ? googles : anthropics) : amazons
  const refusal = read(error, root, headers)
  return { refusal, isKeyRefused: keyCodes.has(refusal.code ?? "") || keyCodes.has(refusal.type ?? "") }
}

/** Codes and types that refuse a key, or report a lack of money, with a status other than 401, 402 and 403. */
const keyCodes = new Set([
  // https://docs.cloud.google.com/php/docs/reference/common-protos/latest/Api.ErrorReason
  ...["API_KEY_INVALID", "API_KEY_EXPIRED", "ACCOUNT_STATE_INVALID", "BILLING_DISABLED"],
  // https://platform.claude.com/docs/en/api/errors
  "billing_error",
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html
  ...["ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId", "IncompleteSignature"],
])

/** https://platform.claude.com/docs/en/api/errors#error-shapes */
function anthropics(error: Record<string, unknown>): Refusal {
  const code = readWord(asRecord(error["details"])["error_code"])
  return { type: readWord(error["type"]), code, message: readWord(error["message"]) ?? "", param: null }
}

/** https://cloud.google.com/apis/design/errors#error_model */
function googles(error: Record<string, unknown>): Refusal {
  const details = asRecords(error["details"])
  const reason = details.map(({ reason }) => readWord(reason)).find((found) => found !== null)
  const fields = details.flatMap(({ fieldViolations }) =>
    asList(fieldViolations).map((one) => readWord(asRecord(one)["field"])),
  )
  return {
    type: readWord(error["status"]),
    code: reason ?? readWord(error["code"]),
    message: readWord(error["message"]) ?? "",
    param: fields[0] ?? null,
  }
}

/** The type is in a header or, from older services, in the body after a `#`. https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization */
function amazons(_: unknown, root: Record<string, unknown>, headers: Headers): Refusal {
  const kind = headers.get("x-amzn-errortype") ?? readWord(root["__type"]) ?? readWord(root["code"])
  const type = kind === null ? null : (kind.split(":", 1)[0]?.split("#").at(-1) ?? null)
  return { type, code: null, message: readWord(root["message"]) ?? readWord(root["Message"]) ?? "", param: null }
}

function readWord(value: unknown): string | null {
  if (typeof value === "string") return value
  return typeof value === "number" ? String(value) : null
}
