// Whether the providers that a job may go to take all of its request: what is lost and changes the meaning is refused, the rest warned of.
import type { Submission } from "../../endpoints/endpoint.ts"
import { isPlain } from "../../providers/provider.ts"
import { type Providers, refuseProblem, type Target } from "./target.ts"

/** Whether the request goes to this provider as it is. */
export function isPassedThrough({ provider, requestType }: Target, providers: Providers): boolean {
  const way = providers.get(provider)?.ways[requestType]
  return way === undefined || isPlain(way)
}

/**
 * What the first provider does not take of the request, in words.
 * @param targets where the job goes, the first one first
 * @throws {GatewayError} unsupported_parameter where one of them cannot do without
 */
export async function checkParameters(
  targets: readonly Target[],
  submission: Submission,
  providers: Providers,
): Promise<string[]> {
  // Loaded when it is first needed: it knows every provider's form.
  const { findingsOf } = await import("../../providers/parameters.ts")
  const warnings: string[] = []
  for (const target of targets) {
    const provider = providers.get(target.provider)
    if (provider === undefined || isPassedThrough(target, providers)) continue
    const found = findingsOf(provider, target.requestType, target.model, submission)
    const [problem] = found.problems
    if (problem) throw refuseProblem({ ...problem, message: `${problem.message} (${target.provider})` }, { ...target })
    // A fallback may never be asked.
    if (target === targets[0]) warnings.push(...found.warnings)
  }
  return warnings
}
