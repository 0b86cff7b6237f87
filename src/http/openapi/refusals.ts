// The error responses of the operations in the API document, one for each status, made from the table of error codes.
import type { DocumentDecoration } from "elysia"
import { type ErrorCode, errorCodes, findStatus, ownError } from "../../errors.ts"
import { listHeaderRefs } from "./components.ts"
import { meanings, type Origin, type Refusing, refusing } from "./errorcodes.ts"
import { ref } from "./schemaparts.ts"

type Responses = NonNullable<DocumentDecoration["responses"]>

/** The statuses whose responses always have Retry-After. */
const temporary = ["402", "429", "503"]

/** The error responses of each operation, as references. */
export const refusalRefs = Object.fromEntries(
  refusing.map((origin) => [
    origin,
    Object.fromEntries(
      groupCodes(origin).map(([status]) => [status, { $ref: `#/components/responses/${origin}${status}` }]),
    ),
  ]),
) as Record<Refusing, Responses>

/** The responses that those references name. */
export function describeRefusals(): Responses {
  return Object.fromEntries(
    refusing.flatMap((origin) =>
      groupCodes(origin).map(([status, codes]) => [`${origin}${status}`, describeRefusal(status, codes)]),
    ),
  )
}

function describeRefusal(status: string, codes: ErrorCode[]): Responses[string] {
  return {
    description: codes.map((code) => `- \`${code}\`: ${meanings[code].when}`).join("\n"),
    headers: temporary.includes(status)
      ? listHeaderRefs("Retry-After", "x-request-id")
      : listHeaderRefs("x-request-id"),
    content: {
      "application/json": {
        schema: ref("Error"),
        examples: Object.fromEntries(codes.map((code) => [code, { value: ownError(code, meanings[code].when) }])),
      },
    },
  }
}

function groupCodes(origin: Origin): [status: string, codes: ErrorCode[]][] {
  const codes = errorCodes.filter((code) => meanings[code].from.includes(origin))
  return Object.entries(Object.groupBy(codes, (code) => String(findStatus(code)))).map(([status, group = []]) => [
    status,
    group,
  ])
}
