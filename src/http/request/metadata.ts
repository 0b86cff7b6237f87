// The metadata that OpenAI's clients attach to what they make.
import { GatewayError } from "../../errors.ts"
import { isRecord } from "../../values.ts"

const PAIRS_MAX = 16
const NAME_CHARS_MAX = 64
const TEXT_CHARS_MAX = 512

/**
 * JSON text, or null where there is none. https://platform.openai.com/docs/api-reference/batch/create: 16 pairs, of 64 and 512 characters.
 * @throws {GatewayError} invalid_request
 */
export function readMetadata(given: unknown): string | null {
  if (given === undefined || given === null) return null
  const isRight =
    isRecord(given) &&
    Object.keys(given).length <= PAIRS_MAX &&
    Object.entries(given).every(
      ([name, value]) => name.length <= NAME_CHARS_MAX && typeof value === "string" && value.length <= TEXT_CHARS_MAX,
    )
  if (isRight) return JSON.stringify(given)
  const message = `metadata must be an object of at most ${PAIRS_MAX} texts, with names of at most ${NAME_CHARS_MAX} and texts of at most ${TEXT_CHARS_MAX} characters`
  throw new GatewayError("invalid_request", message, { param: "metadata" })
}
