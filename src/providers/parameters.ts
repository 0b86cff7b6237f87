// What of a request its provider cannot carry: refused before the job is stored where it changes the meaning, else told. Pure.
import type { Findings, Submission } from "../endpoints/endpoint.ts"
import { isFamily, isOperation, isUpstreamJob } from "./adapternames.ts"
import { unsupportedBy as unsupportedByNative } from "./chat/chatparameters.ts"
import { unsupportedBy as unsupportedByOperation } from "./operations/operations.ts"
import { unsent } from "./passthrough.ts"
import { targetOf } from "./placed.ts"
import type { ProviderSettings, Way } from "./provider.ts"
import { neutral } from "./registry.ts"
import { translationOf } from "./translate/translations.ts"
import { problemOf, warningsOf } from "./upstreamjobs/mediaparameters.ts"

/** @param requestType one that the provider serves */
export function findingsOf(
  { name, ways, keys }: ProviderSettings,
  requestType: string,
  requested: string,
  submission: Submission,
): Findings {
  const way = ways[requestType]
  if (!way) return { problems: [], warnings: [] }
  // Which key it goes out with is not known yet: their aliases of one name stand for one model.
  const model = targetOf(keys, requested)
  if (way.via === undefined) return findingsOfWay(way, requestType, model, submission)
  const translation = translationOf(way.via, requestType)
  const findings = translation.findings(submission.fields, name)
  if (findings.problems.length > 0) return findings
  const fields = translation.request(submission.fields, name)
  const asked = ways[translation.asks] ?? way
  const others = findingsOfWay(asked, translation.asks, model, { form: "json", fields, files: [] })
  return { problems: others.problems, warnings: [...findings.warnings, ...others.warnings] }
}

function findingsOfWay(way: Way, requestType: string, model: string, submission: Submission): Findings {
  const { adapter } = way
  if (isFamily(adapter)) return unsupportedByNative(adapter, model, submission.fields)
  if (isOperation(adapter)) return unsupportedByOperation(adapter, model, submission)
  if (!isUpstreamJob(adapter)) return findingsOfRow(way, submission.fields)
  const problem = problemOf(adapter, requestType, model, submission)
  return { problems: problem === null ? [] : [problem], warnings: warningsOf(requestType, submission) }
}

/** Of what passes through, only what the row knows to be refused there. */
function findingsOfRow(way: Way, fields: Record<string, unknown>): Findings {
  const { reject = [] } = way
  const given = (name: string) => fields[name] !== undefined && fields[name] !== null
  const lost = reject.filter((name) => given(name) && !isNeutral(name, fields[name]))
  return {
    problems: lost.map((param) => ({
      isUnsupported: true,
      message: `${param} is not supported by this provider: leave it out`,
      param,
    })),
    warnings: unsent(way, given),
  }
}

function isNeutral(name: string, value: unknown): boolean {
  return Object.hasOwn(neutral, name) && JSON.stringify(neutral[name]) === JSON.stringify(value)
}
