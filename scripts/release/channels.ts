// Writes what other ways of installing need of a release, from the programs that are built: packages for npm, the container image, the
// formula, the manifest for Scoop, and install.sh.
import { join } from "node:path"
import type { Archive, Target } from "../../src/release/manifest.ts"
import { fetchGlibc } from "./debian.ts"
import { writeFormula, writeScoopManifest } from "./formula.ts"
import { packImage, writeImage } from "./image.ts"
import { writeInstaller } from "./installer.ts"
import { packNpmPackages, writeNpmPackages } from "./npmpackages.ts"

interface Channels {
  version: string
  commit: { id: string; time: number }
  /** The executable of each target that was built. */
  programs: ReadonlyMap<Target, string>
  /** By target. */
  archives: Readonly<Record<string, Archive>>
  /** The public key of minisign; null: the release is not signed. */
  releaseKey: string | null
  /** Files with licences. */
  notices: readonly string[]
  /** Where releases are made: dist/release. What is to be published beside the archives goes to out/ in it. */
  releases: string
}

/** @returns what was written and what was not, as sentences */
export async function writeChannels(channels: Channels): Promise<string[]> {
  const { releases, version, releaseKey, archives } = channels
  const out = join(releases, "out")
  writeInstaller(join(out, "install.sh"), releaseKey)
  const sums = new Map(Object.values(archives).map(({ archive, sha256 }) => [archive, sha256]))
  return [
    ...(await writeNpm(channels)),
    ...(await writeContainer(channels)),
    ...(await writeIf(channels, ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"], "The formula", () =>
      Bun.write(join(out, "asyncgate.rb"), writeFormula({ version, sums })),
    )),
    ...(await writeIf(channels, ["windows-x64", "windows-arm64"], "The manifest for Scoop", () =>
      Bun.write(join(out, "asyncgate.json"), writeScoopManifest({ version, sums })),
    )),
  ]
}

async function writeNpm({ version, programs, notices, releases }: Channels): Promise<string[]> {
  const to = join(releases, "npm")
  const packed = await packNpmPackages(writeNpmPackages({ version, programs, notices, to }), to)
  return [`${packed.length} packages for npm are in dist/release/npm: publish asyncgate-${version}.tgz last`]
}

async function writeContainer(channels: Channels): Promise<string[]> {
  const { version, commit, programs, notices, releases } = channels
  const [amd64, arm64] = [programs.get("linux-x64") ?? "", programs.get("linux-arm64") ?? ""]
  return await writeIf(channels, ["linux-x64", "linux-arm64"], "The image", async () => {
    const layout = join(releases, "image")
    const glibc = await fetchGlibc(join(releases, "debian"))
    const about = { version, revision: commit.id, time: commit.time, glibc, notices }
    const digest = await writeImage({ ...about, programs: { amd64, arm64 }, to: layout })
    await Bun.write(join(releases, "out", `asyncgate-${version}-image.tar`), packImage(layout, commit.time))
    return `The image is in dist/release/image: ${digest}`
  })
}

/** A part needs programs of several systems; a release of fewer goes without it. */
async function writeIf(
  { programs }: Channels,
  needed: readonly Target[],
  what: string,
  write: () => Promise<unknown>,
): Promise<string[]> {
  const missing = needed.filter((target) => !programs.has(target))
  if (missing.length > 0) return [`${what} was not made: it needs ${missing.join(" and ")}`]
  const said = await write()
  return typeof said === "string" ? [said] : []
}
