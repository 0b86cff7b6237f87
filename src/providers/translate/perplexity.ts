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

/** Parameters of its former chat completions that are now filters of the search tool. */
const filters = [
  ...["search_domain_filter", "search_recency_filter", "search_after_date_filter", "search_before_date_filter"],
  ...["last_updated_after_filter", "last_updated_before_filter"],
]

/** Parameters with which a chat completion asked for a search or configured it. */
const searching = [...filters, "web_search_options", "num_search_results", "disable_search"]

export const perplexityChat: Translation = { ...chatViaResponses, check, request, answer }

const table: ParameterTable = {
  rules: [
    {
      // It accepts the parameter and returns no log probabilities.
      param: "logprobs",
      when: (logprobs) => logprobs === true,
      says: "is not supported: this provider gives no log probabilities; leave it out",
    },
  ],
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

/** It refuses unknown parameters with 400, among them `text.format`. */
function request(fields: Fields, provider: string): Fields {
  const { text, tools, tool_choice, ...asked } = chatViaResponses.request(without(fields, searching), provider)
  const search = toSearchTool(fields)
  const isText = asRecord(fields["response_format"])["type"] === "text"
  const all = [...asRecords(tools), ...(search ? [search] : [])]
  return given({
    ...asked,
    text: filled(without(asRecord(text), ["format"])),
    response_format: isText ? null : fields["response_format"],
    tools: all.length > 0 ? all : null,
    // Chat completions always searched. When there are other tools, the model chooses.
    tool_choice: tool_choice ?? (search && all.length === 1 ? { type: search["type"] } : null),
  })
}

/** Null when no search is asked for. */
function toSearchTool(fields: Fields): Fields | null {
  const { web_search_options, num_search_results: max_results, disable_search } = fields
  const asked = given(Object.fromEntries(searching.map((name) => [name, fields[name]])))
  if (disable_search === true || filled(asked) === null) return null
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
