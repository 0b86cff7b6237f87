// `bun run release:sign` signs what `bun run release` has made without a key, so that no package that builds ever sees the key.
import { join } from "node:path"
import { describeCause } from "../../src/values.ts"
import { root } from "../build.ts"
import { signRelease } from "./publish.ts"
import { findSigner } from "./signing.ts"

try {
  const signer = await findSigner()
  if (!signer)
    throw new Error("Name the file of the secret key: ASYNCGATE_MINISIGN_KEY=release.key bun run release:sign")
  await signRelease(join(root, "dist/release/out"), signer)
  process.stdout.write(`Signed with ${signer.publicKey}\n`)
} catch (error) {
  process.stderr.write(`${describeCause(error)}\n`)
  process.exit(1)
}
