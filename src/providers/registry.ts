// The built-in providers, one row each: address, authorisation, request types and unsupported parameters. The rows are in rows/.
// Sources are noted beside the facts. `models.dev x` is https://github.com/anomalyco/models.dev/blob/dev/providers/x/provider.toml,
// `LiteLLM x` is https://github.com/BerriAI/litellm/blob/main/litellm/llms/x, `Bifrost x` is
// https://docs.getbifrost.ai/providers/supported-providers/x. Facts without a source are left out.
import type { Row } from "./provider.ts"
import { china } from "./rows/china.ts"
import { clouds } from "./rows/clouds.ts"
import { hosts } from "./rows/hosts.ts"
import { makers } from "./rows/makers.ts"
import { ownForms } from "./rows/ownforms.ts"
import { plans } from "./rows/plans.ts"
import { servers } from "./rows/servers.ts"

/** The default values of parameters, which ask for nothing. https://platform.openai.com/docs/api-reference/chat/create */
export const neutral: Readonly<Record<string, unknown>> = Object.freeze({
  n: 1,
  logprobs: false,
  top_logprobs: 0,
  logit_bias: {},
  frequency_penalty: 0,
  presence_penalty: 0,
  parallel_tool_calls: true,
  modalities: ["text"],
  verbosity: "medium",
  // https://platform.openai.com/docs/api-reference/responses/create
  text: { format: { type: "text" } },
  include: [],
  // https://platform.openai.com/docs/api-reference/audio/createSpeech
  speed: 1,
  // https://platform.openai.com/docs/api-reference/images/create
  size: "auto",
  quality: "auto",
})

export const rows: Readonly<Record<string, Row>> = Object.freeze({
  ...makers,
  ...hosts,
  ...china,
  ...plans,
  ...clouds,
  ...servers,
  ...ownForms,
})

/** The row of a built-in provider. Undefined when there is none with this name. */
export function findRow(name: string): Row | undefined {
  return Object.hasOwn(rows, name) ? rows[name] : undefined
}
