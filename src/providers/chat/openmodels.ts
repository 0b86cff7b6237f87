// Models of other makers on Vertex AI, which speak OpenAI's form at addresses of their own. The token is the same as for Google's models.
// https://docs.cloud.google.com/vertex-ai/generative-ai/docs/maas/call-open-model-apis,
// https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/mistral

import type { Outcome } from "../../call.ts"
import type { Attempt } from "../adapter.ts"
import { withoutCredentials } from "../credentials/fetched.ts"
import { googleCredentials } from "../credentials/googlelogin.ts"
import { misconfigured } from "../outcomes.ts"
import { passThrough } from "../passthrough.ts"
import type { OpenModel } from "./family.ts"
import { findVertexPlace } from "./packages.ts"

/** May throw what fetch throws. */
export async function askOpenModel({ model, path }: OpenModel, attempt: Attempt): Promise<Outcome> {
  const { call, provider, context } = attempt
  const found = await googleCredentials(attempt.key, provider.options, context)
  if (found.kind === "missing") return withoutCredentials(provider.name, found)
  const place = findVertexPlace("v1", provider.baseUrl, provider.options, found.value.project)
  if ("message" in place) return misconfigured(place.message)
  if (place.project === null) return misconfigured("vertex needs a project's id for this model: set options.project")
  const [[header, value] = ["authorization", ""]] = Object.entries(found.value.headers)
  const [, prefix = "", key = ""] = /^(Bearer )?(.*)$/.exec(value) ?? []
  return await passThrough({
    ...attempt,
    key,
    call: { ...call, model, requested: call.requested ?? { model: call.model, knownAs: model } },
    provider: {
      ...provider,
      baseUrl: place.base,
      authorization: { header, prefix },
      endpoints: { ...provider.endpoints, [call.requestType]: { adapter: "raw", path } },
    },
  })
}
