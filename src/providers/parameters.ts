// Checks a request against the parameters that its provider supports, before the job is stored. Pure.
import type { Submission } from "../endpoints/endpoint.ts"
import {
  checkParameters,
  failed,
  merge,
  type ParameterCheck,
  type ParameterTable,
  passed,
  rulesFor,
  UNKNOWN,
} from "../endpoints/parametertable.ts"
import { isFamily, isOperation, isUpstreamJob } from "./adapternames.ts"
import { checkNativeChat } from "./chat/chatparameters.ts"
import { findOpenModel } from "./chat/modelgarden.ts"
import { COUNT, notCounted } from "./chat/tokencount.ts"
import { warningsWithin } from "./differences.ts"
import { getOperation } from "./operations/operationadapters.ts"
import { checkOperation } from "./operations/operationparameters.ts"
import { resolveModel } from "./placed.ts"
import type { EndpointSupport, ProviderSettings } from "./provider.ts"
import { neutral } from "./registry.ts"
import { getTranslation } from "./translate/translations.ts"
import { checkUpstreamJob } from "./upstreamjobs/jobparameters.ts"
import { getUpstreamJob } from "./upstreamjobs/upstreamjobs.ts"

/** @param requestType one that the provider serves */
export function checkSubmission(
  { name, endpoints, keys }: ProviderSettings,
  requestType: string,
  requested: string,
  submission: Submission,
): ParameterCheck {
  const support = endpoints[requestType]
  if (!support) return passed
  // The key is not chosen yet. All keys are expected to have the same alias for a name.
  const named = resolveModel(keys, requested)
  if (support.via === undefined) return checkFor(support, requestType, named, submission)
  const translation = getTranslation(support.via, requestType)
  const given = { ...submission.fields, model: named.model }
  const check = translation.check(given, name)
  if (check.errors.length > 0) return check
  const fields = translation.request(given, name)
  const asked = endpoints[translation.asks] ?? support
  return merge([check, checkFor(asked, translation.asks, named, { form: "json", fields, files: [] })])
}

function checkFor(
  support: EndpointSupport,
  requestType: string,
  { model, knownAs }: { model: string; knownAs: string },
  submission: Submission,
): ParameterCheck {
  const { adapter } = support
  if (isFamily(adapter)) {
    const open = findOpenModel(adapter, model)
    if (open !== null && requestType === COUNT) return failed(notCounted)
    return open === null
      ? checkNativeChat(adapter, model, submission.fields, knownAs)
      : checkFor(open.support, requestType, { model: open.model, knownAs }, submission)
  }
  if (isOperation(adapter)) return checkOperation(getOperation(adapter).parameters, model, submission)
  if (isUpstreamJob(adapter)) return checkUpstreamJob(getUpstreamJob(adapter).images, requestType, model, submission)
  const { errors, warnings } = checkParameters(makeTable(support), submission.fields, null)
  return { errors, warnings: [...warnings, ...warningsWithin(submission.fields, support)] }
}

/** A passthrough supports all parameters except those that its row names. */
function makeTable({ reject = [], drop = [], only = {} }: EndpointSupport): ParameterTable {
  return {
    rules: [
      ...reject.map((param) => ({
        ...{ param, neutral: Object.hasOwn(neutral, param) ? neutral[param] : undefined },
        says: "is not supported by this provider: leave it out",
      })),
      ...Object.entries(only).map(([param, values]) => ({
        ...{ param, when: (value: unknown) => !values.includes(value) },
        says: `must be ${values.join(" or ")}: this provider takes no other`,
      })),
      ...rulesFor(drop, { verdict: "warned", says: UNKNOWN }),
    ],
  }
}
