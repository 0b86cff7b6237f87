// Chat completions at Perplexity, which has responses only: where its responses differ from OpenAI's. Pure.
// https://docs.perplexity.ai/docs/agent-api/migrate-from-sonar/how-to, and in full
// https://github.com/perplexityai/api-platform-developers/blob/main/skills/migrate-sonar-to-agent-api/references/request-mapping.md

import {
  checkParameters,
  merge,
  NO_COUNTERPART,
  type ParameterCheck,
  type ParameterTable,
} from "../../endpoints/parametertable.ts"
import { chatViaResponses } from "../../endpoints/translate/chatviaresponses.ts"
import {
  type About,
  type Fields,
  filled,
  given,
  type Translated,
  type Translation,
  without,
} from "../../endpoints/translate/translation.ts"
import { asRecord, asRecords } from "../../values.ts"
import { sonarModels } from "../rows/makers.ts"

/** Parameters of its former chat completions that are now filters of the search tool. */
const filters = [
  ...["search_domain_filter", "search_recency_filter", "search_after_date_filter", "search_before_date_filter"],
  ...["last_updated_after_filter", "last_updated_before_filter"],
]

/** Parameters with which a chat completion asked for a search or configured it. */
const searching = [...filters, "web_search_options", "num_search_results", "disable_search"]

/** Parameters of its former chat completions that ended, each with the value that asks for nothing: 400 for any other. */
const ended: Readonly<Record<string, unknown>> = {
  ...{ search_mode: "web", search_language_filter: [], enable_search_classifier: false },
  ...{ return_images: false, image_domain_filter: [], image_format_filter: [], num_images: 0 },
  ...{ return_videos: false, num_videos: 0, media_response: {}, return_related_questions: false, top_k: 0 },
}

export const perplexityChat: Translation = { ...chatViaResponses, check, request, answer }

const table: ParameterTable = {
  rules: [
    ...Object.entries(ended).map(([param, neutral]) => ({
      param,
      neutral,
      says: "ended with this provider's chat completions: leave it out, or ask for it in the messages",
    })),
    {
      // It accepts the parameter and returns no log probabilities.
      param: "logprobs",
      when: (logprobs) => logprobs === true,
      says: "is not supported: this provider gives no log probabilities; leave it out",
    },
    {
      param: "messages",
      when: (messages) => asRecords(messages).some(({ content }) => asRecords(content).some(isForeign)),
      says: "have a file or a sound, which this provider does not take: send its text",
    },
    {
      param: "reasoning_effort",
      when: (effort) => effort === "none",
      says: "none is not supported by this provider: minimal is its least",
    },
    {
      param: "verbosity",
      neutral: "medium",
      says: "is not supported by this provider: say in the messages how long the answer should be",
    },
    {
      param: "model",
      when: (model, fields) =>
        /^anthropic\//.test(String(model)) && (fields["max_completion_tokens"] ?? fields["max_tokens"]) === undefined,
      says: "needs max_completion_tokens at this provider",
    },
    {
      param: "disable_search",
      when: (isOff, { model, tools }) => isOff === true && isPreset(model) && asRecords(tools).length > 0,
      says: "is not supported with tools by this model, whose search is a tool too: use sonar, or leave out the tools",
    },
  ],
}

/** Its content has parts of text and pictures alone: request-mapping.md, "REMOVE list". */
function isForeign({ type }: Fields): boolean {
  return type === "file" || type === "input_audio"
}

const placeTable: ParameterTable = {
  rules: [{ param: "timezone", verdict: "warned", says: NO_COUNTERPART }],
}

function check(fields: Fields, provider: string): ParameterCheck {
  const place = asRecord(asRecord(fields["web_search_options"])["user_location"])
  return merge([
    chatViaResponses.check(fields, provider),
    checkParameters(table, fields, null),
    checkParameters(placeTable, asRecord(place["approximate"]), null, "web_search_options.user_location.approximate"),
  ])
}

/** @param model the provider's name of the model */
function isPreset(model: unknown): boolean {
  return Object.hasOwn(sonarModels, String(model)) && sonarModels[String(model)]?.[0] === "preset"
}

/** It refuses unknown parameters with 400, among them `text`. */
function request(fields: Fields, provider: string): Fields {
  const {
    text: _,
    tools,
    tool_choice,
    ...asked
  } = chatViaResponses.request(without(fields, [...searching, ...Object.keys(ended)]), provider)
  const search = toSearchTool(fields)
  const isText = asRecord(fields["response_format"])["type"] === "text"
  const all = [...asRecords(tools), ...(search ? [search] : [])]
  return given({
    ...asked,
    response_format: isText ? null : fields["response_format"],
    tools: all.length > 0 ? all : null,
    // Where a search was asked for in so many words it is made; with other tools, the model chooses.
    tool_choice: tool_choice ?? (isSearchAsked(fields) && all.length === 1 ? { type: "web_search" } : null),
    // What searches by itself is told to call nothing.
    max_tool_calls: fields["disable_search"] === true && isPreset(fields["model"]) ? 0 : asked["max_tool_calls"],
  })
}

function isSearchAsked(fields: Fields): boolean {
  return fields["disable_search"] !== true && searching.some((name) => (fields[name] ?? null) !== null)
}

/** The models that always searched in chat completions, and now do with a tool alone. */
const searchers = ["sonar", "perplexity/sonar"]

/** Null when there is no search. */
function toSearchTool(fields: Fields): Fields | null {
  const { web_search_options, num_search_results: max_results, disable_search, model } = fields
  if (disable_search === true || !(isSearchAsked(fields) || searchers.includes(String(model)))) return null
  const { user_location, ...options } = asRecord(web_search_options)
  const { approximate, type: _type, ...location } = asRecord(user_location)
  return given({
    type: "web_search",
    ...options,
    max_results,
    user_location: filled({ ...location, ...without(asRecord(approximate), ["timezone"]) }),
    filters: filled(given(Object.fromEntries(filters.map((name) => [name, fields[name]])))),
  })
}

/** Puts the sources where chat completions had them: https://docs.perplexity.ai/docs/sonar/openai-compatibility */
function answer(response: Fields, fields: Fields, about: About): Translated {
  const back = chatViaResponses.answer(response, fields, about)
  if (!("answer" in back)) return back
  const found = asRecords(response["output"])
    .filter(({ type }) => type === "search_results")
    .flatMap(({ results }) => asRecords(results))
  if (found.length === 0) return back
  const citations = [...new Set(found.map(({ url }) => url))]
  return { answer: { ...back.answer, citations, search_results: found } }
}
