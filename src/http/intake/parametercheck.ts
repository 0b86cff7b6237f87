// Checks a request against the parameters that its providers support: it is refused where an unsupported one changes the result,
// and accepted with a warning where not.
import type { Submission } from "../../endpoints/endpoint.ts"
import { isPlain } from "../../providers/provider.ts"
import { type Providers, refuseParameter, type Target } from "./target.ts"

/** Whether the request is passed through to this provider unchanged, so that there is nothing to check. */
export function isPassedThrough({ provider, requestType }: Target, providers: Providers): boolean {
  const support = providers.get(provider)?.endpoints[requestType]
  return support === undefined || isPlain(support)
}

/**
 * Warnings of what the first provider is not sent.
 * @param targets the provider and model of the request, and then its fallbacks
 * @throws {GatewayError} unsupported_parameter, of the first provider or of a fallback
 */
export async function checkParameters(
  targets: readonly Target[],
  submission: Submission,
  providers: Providers,
): Promise<string[]> {
  // Loaded when it is first needed, because it contains the parameters of every provider.
  const { checkSubmission } = await import("../../providers/parameters.ts")
  const warnings: string[] = []
  for (const target of targets) {
    const provider = providers.get(target.provider)
    if (provider === undefined || isPassedThrough(target, providers)) continue
    const found = checkSubmission(provider, target.requestType, target.model, submission)
    const [error] = found.errors
    if (error) throw refuseParameter({ ...error, message: `${error.message} (${target.provider})` }, { ...target })
    // A fallback may never be called, so its warnings are left out.
    if (target === targets[0]) warnings.push(...found.warnings)
  }
  return warnings
}
