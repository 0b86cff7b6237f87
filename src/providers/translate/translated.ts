// Serves a request type that a provider does not have through one that it has: the request and the answer are translated. Refusals and
// network errors of the other adapter pass unchanged.

import type { Outcome } from "../../call.ts"
import type { Fields, Translation } from "../../endpoints/translate/translation.ts"
import { parseExact } from "../../exactjson.ts"
import { depthDefect } from "../../json.ts"
import { asRecord } from "../../values.ts"
import type { Adapter, Attempt, Step } from "../adapter.ts"
import { refusedByUs } from "../outcomes.ts"
import { refusedInside } from "../upstreamreplies.ts"
import { startLiveTranslation } from "./livetranslation.ts"

type Answered = Extract<Outcome, { kind: "answered" }>

/** Wraps an adapter with a translation. The answer of an upstream job is translated when the job has ended. */
export function translated({ start, resume, cancel }: Adapter, translation: Translation): Adapter {
  const through =
    (step: Step): Step =>
    async (attempt) => {
      const { call, context } = attempt
      const fields: Fields = { ...asRecord(parseExact(call.body ?? "")), model: call.model }
      // A request that falls back to this provider was not checked when it was submitted.
      const { errors, warnings } = translation.check(fields, call.provider)
      const [error] = errors
      if (error !== undefined) return refusedByUs(error)
      const body = JSON.stringify(translation.request(fields, call.provider))
      const live = startLiveTranslation(translation, call, fields, context)
      const asked = { ...call, requestType: translation.asks, body }
      const outcome = await step({ ...attempt, context: { ...context, emit: live?.emit }, call: asked })
      if (outcome.kind !== "answered") return outcome
      const back = translatedBack(outcome, attempt, fields, translation)
      if (back.kind !== "answered") return back
      await live?.finish(back.body)
      const all = [...warnings, ...(outcome.warnings ?? [])]
      return all.length > 0 ? { ...back, warnings: all } : back
    }
  return {
    start: through(start),
    ...(resume ? { resume: through(resume) } : {}),
    // The answer to a cancel has nothing to translate.
    ...(cancel ? { cancel } : {}),
  }
}

function translatedBack(outcome: Answered, attempt: Attempt, fields: Fields, translation: Translation): Outcome {
  const { provider, jobId, requestType } = attempt.call
  const { status, upstream, body } = outcome
  const unreadable = (problem: string): Outcome => {
    return { kind: "unreadable", status, message: `${provider} answered ${status}, but ${problem}`, body, upstream }
  }
  const tooDeep = depthDefect(body)
  if (tooDeep !== null) return unreadable(tooDeep)
  const { extra_fields, ...answer } = asRecord(parseExact(body))
  const back = translation.answer(answer, fields, { provider, jobId, now: attempt.context.clock.wall() })
  if ("problem" in back) return unreadable(back.problem)
  if ("refusal" in back) return refusedInside(attempt, { status, headers: new Headers(), upstream }, back, answer)
  const extra = { ...asRecord(extra_fields), request_type: requestType }
  return { ...outcome, body: JSON.stringify({ ...back.answer, extra_fields: extra }) }
}
