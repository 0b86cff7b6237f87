// Cohere's chat, version 2: translates the answer into OpenAI's form. Pure.
// https://docs.cohere.com/reference/chat, https://github.com/cohere-ai/cohere-typescript/blob/main/src/api/resources/v2/types/V2ChatResponse.ts

import { firstCount, known } from "../../endpoints/usage.ts"
import { isNumber, readNumber } from "../../exactjson.ts"
import { asList, asRecord, asRecords, asText } from "../../values.ts"
import { readPartText } from "../chat/parts.ts"
import type { Asked, Fields, Got, Parsed } from "./operation.ts"
import { given, picked } from "./operationparameters.ts"

const finishReasons: Readonly<Record<string, string>> = {
  COMPLETE: "stop",
  STOP_SEQUENCE: "stop",
  MAX_TOKENS: "length",
  TOOL_CALL: "tool_calls",
}

/** Finish reasons that report a failure of the provider, with status 200. */
const failures: Readonly<Record<string, number>> = { ERROR: 500, TIMEOUT: 504 }

export function toCompletion(answer: Got | undefined, asked: Asked | undefined): Parsed {
  const { id, finish_reason, message, usage, logprobs } = asRecord(answer?.body)
  const { role, content, tool_calls, tool_plan, citations } = asRecord(message)
  const reason = asText(finish_reason)
  if (role !== "assistant") return { problem: "it has no message of an assistant" }
  const status = Object.hasOwn(failures, reason) ? failures[reason] : undefined
  if (status !== undefined) {
    const said = `the generation ended with ${reason}`
    return { status, refusal: { type: null, code: reason, message: said, param: null } }
  }
  const parts = asRecords(content)
  const billed = known(picked(asRecord(asRecord(usage)["billed_units"]), ["input_tokens", "output_tokens"]))
  const text = parts
    .filter(({ type }) => type === "text")
    .map(readPartText)
    .join("")
  const thoughts = parts.map(({ thinking }) => thinking).filter((thought) => typeof thought === "string")
  return {
    result: {
      id: id ?? null,
      object: "chat.completion",
      created: asked?.created,
      model: asked?.model,
      choices: [
        {
          index: 0,
          message: {
            role,
            content: text === "" && asList(tool_calls).length > 0 ? null : text,
            ...given({
              refusal: null,
              reasoning_content: thoughts.length > 0 ? thoughts.join("") : undefined,
              tool_calls: asList(tool_calls).length > 0 ? tool_calls : undefined,
              tool_plan,
              annotations: toAnnotations(citations),
              citations,
            }),
          },
          logprobs: Array.isArray(logprobs)
            ? { content: logprobs.map((one) => toLogprob(asRecord(one))), refusal: null }
            : null,
          finish_reason: (Object.hasOwn(finishReasons, reason) && finishReasons[reason]) || "stop",
        },
      ],
      ...given({ usage: toUsage(asRecord(usage)) }),
    },
    ...(billed === null ? {} : { billed }),
  }
}

/** Citations whose source has an address, in OpenAI's form. All citations are kept unchanged in `citations`. */
function toAnnotations(citations: unknown): Fields[] | undefined {
  const found = asList(citations).flatMap((citation) => {
    const { start, end, sources } = asRecord(citation)
    return asList(sources).flatMap((source) => {
      const { url, title } = asRecord(asRecord(source)["document"])
      if (typeof url !== "string") return []
      return [{ type: "url_citation", url_citation: { start_index: start, end_index: end, url, title: title ?? url } }]
    })
  })
  return found.length > 0 ? found : undefined
}

/** Several tokens may share a text, and then have one probability. */
function toLogprob({ text, logprobs }: Fields): Fields {
  const [first, ...more] = asList(logprobs)
  const logprob =
    more.length === 0
      ? (first ?? 0)
      : more.reduce((sum: number, one) => sum + (readNumber(one) ?? 0), readNumber(first) ?? 0)
  return { token: text, logprob, bytes: null, top_logprobs: [] }
}

/** The counted tokens, as OpenAI's usage has them, or else the billed ones. Cohere's own counts are kept too. */
function toUsage(usage: Fields): Fields | undefined {
  const [billed, counted] = [asRecord(usage["billed_units"]), asRecord(usage["tokens"])]
  const input = firstCount(counted["input_tokens"], billed["input_tokens"])
  const output = firstCount(counted["output_tokens"], billed["output_tokens"])
  if (input === undefined && output === undefined) return undefined
  const cached = usage["cached_tokens"]
  return {
    ...given({ prompt_tokens: input, completion_tokens: output }),
    total_tokens: (input ?? 0) + (output ?? 0),
    ...(isNumber(cached) ? { prompt_tokens_details: { cached_tokens: cached } } : {}),
    ...usage,
  }
}
