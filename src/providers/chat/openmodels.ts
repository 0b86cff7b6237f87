// Passes requests through to models of other makers on Vertex AI, with the same token as for Google's models.

import type { Outcome } from "../../call.ts"
import type { Attempt } from "../adapter.ts"
import { withoutCredentials } from "../credentials/fetched.ts"
import { googleCredentials } from "../credentials/googlelogin.ts"
import { misconfigured } from "../outcomes.ts"
import { passThrough } from "../passthrough.ts"
import type { OpenModel } from "./modelgarden.ts"
import { findVertexPlace } from "./packages.ts"

/** May throw what fetch throws. */
export async function askOpenModel({ model, support }: OpenModel, attempt: Attempt): Promise<Outcome> {
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
      endpoints: { ...provider.endpoints, [call.requestType]: support },
    },
  })
}
