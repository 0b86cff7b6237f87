// Cohere's embeddings, version 2. Pure.

import { isNumber } from "../../exactjson.ts"
import { asList, asRecord } from "../../values.ts"
import { bearer } from "./access.ts"
import { embedding } from "./embedding.ts"
import { picked, type Rule } from "./operationparameters.ts"

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

/** https://docs.cohere.com/reference/embed */
export const cohereEmbed = embedding({
  access: bearer,
  own: ["input_type", "truncate", "max_tokens", "priority"],
  rules: [inputTypeRule],
  textsMax: () => COHERE_TEXTS_MAX,
  build: (texts, { model, fields }) => ({
    path: "/embed",
    body: {
      model,
      texts,
      input_type: INPUT_TYPE,
      embedding_types: ["float"],
      ...(isNumber(fields["dimensions"]) ? { output_dimension: fields["dimensions"] } : {}),
      ...picked(fields, ["input_type", "truncate", "max_tokens", "priority"]),
    },
  }),
  read: ({ body: { embeddings, meta } }) => ({
    vectors: asList(asRecord(embeddings)["float"]),
    tokens: asRecord(asRecord(meta)["billed_units"])["input_tokens"],
  }),
})
