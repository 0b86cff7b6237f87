// What the choices of a completion say of its end. Pure.
import { asList, asRecords, isRecord } from "../values.ts"
import { saysError } from "./endpoint.ts"

type Members = Record<string, unknown>

/**
 * What a completion says of an error that ended it: a choice that ended with one, or the whole beside choices that say nothing. Null
 * when there is none, and also when one choice came to its end: it is paid for.
 * https://openrouter.ai/docs/api/reference/errors-and-debugging, https://docs.mistral.ai/openapi.yaml (ChatCompletionChoice),
 * https://github.com/BerriAI/litellm/issues/8448
 */
export function failedChoice(completion: Members): Members | null {
  const choices = asList(completion["choices"])
  const failed = choices.find((choice) => isRecord(choice) && hasFailed(choice)) as Members | undefined
  const isError = choices.length > 0 && saysError(completion)
  if ((failed === undefined && !isError) || asRecords(choices).some(isAnswer)) return null
  return failed === undefined || (isError && !isRecord(failed["error"])) ? completion : failed
}

function hasFailed({ finish_reason, error }: Members): boolean {
  return finish_reason === "error" || isRecord(error)
}

/** Whether there is more of a choice than that it was kept back. https://github.com/affaan-m/ECC/pull/1976 */
export function hasMessage(choice: unknown): boolean {
  return isRecord(choice) && Object.keys(choice).length > 0 && choice["message"] !== null
}

/** Whether a choice came to its end and says something. */
function isAnswer(choice: Members): boolean {
  if (hasFailed(choice) || !choice["finish_reason"]) return false
  const { message } = choice
  const { role: _, ...said } = isRecord(message) ? message : { text: choice["text"] }
  return Object.values(said).some((value) => (Array.isArray(value) ? value.length > 0 : Boolean(value)))
}
