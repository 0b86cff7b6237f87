// What all rerank operations have in common, and the operations that differ from Cohere's in a few names. Pure.
import { isNumber, readNumber } from "../../exactjson.ts"
import { asList, asRecord, asText, asWord } from "../../values.ts"
import { type Access, bearer, vertexRanking } from "./access.ts"
import type { Asked, Fields, Got, Operation, Sent } from "./operation.ts"
import { picked, type Rule } from "./operationparameters.ts"

export interface Ranked {
  index: unknown
  relevance_score: unknown
}

interface Reranking {
  access: Access
  own?: readonly string[]
  /** Replaces the rule `textOnly`. Include it when the provider ranks texts only. */
  rules?: readonly Rule[]
  build(texts: string[], asked: Asked): Sent
  /** The documents with their relevance. Null when the answer has none. */
  read(answer: Got): Ranked[] | null
  /** Other members of the result. */
  rest?(answer: Got): Fields
}

const textOnly: Rule = {
  param: "documents",
  when: (documents) =>
    asList(documents).some((document) => Object.keys(asRecord(document)).some((name) => name !== "text")),
  says: "have members besides text, which are not sent: this provider ranks texts",
  verdict: "warned",
}

export function reranking({ access, own = [], rules = [textOnly], build, read, rest }: Reranking): Operation {
  return {
    access,
    parameters: { supported: ["query", "documents", "top_n", "return_documents", ...own], rules },
    build: (asked) => build(asList(asked.fields["documents"]).map(renderDocument), asked),
    parse([answer], [asked]) {
      const ranked = answer === undefined ? null : read(answer)
      const documents = asList(asked?.fields["documents"])
      if (answer === undefined || ranked === null || !ranked.every((one) => isRanked(one, documents.length))) {
        return { problem: "it has no list of documents by their relevance" }
      }
      const isRepeated = asked?.fields["return_documents"] === true
      const results = ranked.map(({ index, relevance_score }) => {
        const document = documents[Number(index)]
        const repeated = typeof document === "string" ? { text: document } : document
        return { index, relevance_score, ...(isRepeated ? { document: repeated } : {}) }
      })
      return { result: { ...picked(answer.body, ["id"]), results, model: asked?.model, ...rest?.(answer) } }
    },
  }
}

/** https://docs.cohere.com/reference/rerank; its `results` are in our form. */
export const cohereRerank = reranking({
  access: bearer,
  own: ["max_tokens_per_doc", "priority"],
  build: (documents, { model, fields }) => ({
    path: "/rerank",
    body: { model, ...picked(fields, ["query", "top_n", "max_tokens_per_doc", "priority"]), documents },
  }),
  read: ({ body }) => listed(body["results"]),
  rest: ({ body }) => picked(body, ["meta"]),
})

/** https://docs.voyageai.com/reference/reranker-api */
export const voyageRerank = reranking({
  access: bearer,
  own: ["truncation"],
  build: (documents, { model, fields }) => ({
    path: "/rerank",
    body: { model, ...picked(fields, ["query", "truncation"]), documents, ...renameTop("top_k", fields) },
  }),
  read: ({ body }) => listed(body["data"]),
  rest: ({ body }) => picked(body, ["usage"]),
})

/** https://docs.fireworks.ai/api-reference/rerank-documents; by default it returns the documents, which are not needed. */
export const fireworksRerank = reranking({
  access: bearer,
  own: ["task"],
  build: (documents, { model, fields }) => ({
    path: "/rerank",
    body: { model, ...picked(fields, ["query", "top_n", "task"]), documents, return_documents: false },
  }),
  read: ({ body }) => listed(body["data"]),
  rest: ({ body }) => picked(body, ["usage"]),
})

/** https://docs.cloud.google.com/generative-ai-app-builder/docs/reference/rest/v1/projects.locations.rankingConfigs/rank */
export const vertexRerank = reranking({
  access: vertexRanking,
  build: (documents, { model, fields }) => ({
    path: "/default_ranking_config:rank",
    body: {
      model,
      ...picked(fields, ["query"]),
      ...renameTop("topN", fields),
      // Only the ids of the answer are needed.
      ignoreRecordDetailsInResponse: true,
      records: documents.map((content, index) => ({ id: String(index), content })),
    },
  }),
  read: ({ body }) =>
    Array.isArray(body["records"])
      ? body["records"]
          .map(asRecord)
          .map(({ id, score }) => ({ index: Number(asWord(id) || Number.NaN), relevance_score: score }))
      : null,
})

function renameTop(name: string, { top_n }: Fields): Fields {
  return top_n === undefined ? {} : { [name]: top_n }
}

function listed(list: unknown): Ranked[] | null {
  if (!Array.isArray(list)) return null
  return list.map(asRecord).map(({ index, relevance_score }) => ({ index, relevance_score }))
}

function isRanked({ index, relevance_score }: Ranked, count: number): boolean {
  const at = readNumber(index)
  return Number.isInteger(at) && Number(at) >= 0 && Number(at) < count && isNumber(relevance_score)
}

function renderDocument(document: unknown): string {
  return typeof document === "string" ? document : asText(asRecord(document)["text"])
}
