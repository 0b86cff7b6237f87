// Cohere's embeddings and transcriptions, version 2. Pure.

import { isNumber } from "../../exactjson.ts"
import { asList, asRecord, asWord } from "../../values.ts"
import { bearer } from "./access.ts"
import { embedding } from "./embedding.ts"
import type { Operation } from "./operation.ts"
import { isNot, picked, type Rule } from "./operationparameters.ts"
import { composeForm, noLogprobs } from "./sound.ts"

/** https://docs.cohere.com/reference/embed#request.body.texts */
export const COHERE_TEXTS_MAX = 96

/** The purpose of an embedding, which OpenAI's form does not have. */
export const INPUT_TYPE = "search_document"
export const inputTypeRule: Rule = {
  param: "input",
  when: (_, { input_type }) => input_type === undefined || input_type === null,
  says: `comes without an input_type: ${INPUT_TYPE} is sent`,
  verdict: "warned",
}

/** The only size of a model's vectors; null from version 4 on, which has several. https://docs.cohere.com/docs/cohere-embed */
export function findOnlySize(model: string): number | null {
  const version3 = /embed-[a-z]+(-light)?-v3/.exec(model)
  return version3 === null ? null : version3[1] === undefined ? 1024 : 384
}

/** A model with one size refuses to be told it: https://docs.cohere.com/reference/embed#request.body.output_dimension */
export const onlySizeRule: Rule = {
  param: "dimensions",
  when: (dimensions, _, model) => ![null, Number(asWord(dimensions))].includes(findOnlySize(model)),
  says: (_, model) => `is not supported: this model has ${findOnlySize(model)}`,
}

/** https://docs.cohere.com/reference/embed */
export const cohereEmbed = embedding({
  access: bearer,
  own: ["input_type", "truncate", "max_tokens", "priority"],
  rules: [inputTypeRule, onlySizeRule],
  textsMax: () => COHERE_TEXTS_MAX,
  build: (texts, { model, fields }) => ({
    path: "/embed",
    body: {
      model,
      texts,
      input_type: INPUT_TYPE,
      embedding_types: ["float"],
      ...(isNumber(fields["dimensions"]) && findOnlySize(model) === null
        ? { output_dimension: fields["dimensions"] }
        : {}),
      ...picked(fields, ["input_type", "truncate", "max_tokens", "priority"]),
    },
  }),
  read: ({ body: { embeddings, meta } }) => ({
    vectors: asList(asRecord(embeddings)["float"]),
    tokens: asRecord(asRecord(meta)["billed_units"])["input_tokens"],
  }),
})

/** https://docs.cohere.com/reference/create-audio-transcription */
export const cohereTranscription: Operation = {
  access: bearer,
  parameters: {
    strings: ["language"],
    supported: ["file", "language"],
    rules: [
      {
        param: "response_format",
        when: isNot("json", "text"),
        says: "must be json or text: this provider does not tell when what was said",
      },
      { param: "timestamp_granularities[]", says: "is not supported: this provider does not tell when what was said" },
      { param: "temperature", when: (value) => Number(asWord(value)) > 1, says: "must be at most 1 at this provider" },
      noLogprobs,
      { param: "prompt", says: "has no counterpart and was not sent", verdict: "warned" },
    ],
  },
  build: (asked) => ({
    path: "/audio/transcriptions",
    ...composeForm(asked, { model: asked.model, ...picked(asked.fields, ["language", "temperature"]) }),
  }),
  parse([answer]) {
    const { text } = answer?.body ?? {}
    return typeof text === "string" ? { result: { text } } : { problem: "it has no text" }
  },
}
