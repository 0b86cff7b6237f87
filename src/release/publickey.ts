// What only a build can know: the key that releases are signed with, and what this one was built for. `scripts/build.ts` puts both in.
import type { Target } from "./manifest.ts"

declare const ASYNCGATE_RELEASE_KEY: string | undefined
declare const ASYNCGATE_RELEASE_TARGET: Target | undefined

/** The public key of minisign that releases are signed with. Null: this build has none, and can verify no release. */
export const releaseKey: string | null = typeof ASYNCGATE_RELEASE_KEY === "undefined" ? null : ASYNCGATE_RELEASE_KEY

/** What a release was built for. Null: this is no build of a release. */
export const releaseTarget: Target | null =
  typeof ASYNCGATE_RELEASE_TARGET === "undefined" ? null : ASYNCGATE_RELEASE_TARGET
