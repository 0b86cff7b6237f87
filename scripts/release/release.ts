// `bun run release` makes what is published: the program for each system, archives, lists of what is inside, sums and signatures. It
// uploads nothing. docs/release.md describes it.
import { mkdirSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import pkg from "../../package.json" with { type: "json" }
import { type Archive, type Target, targets } from "../../src/release/manifest.ts"
import { parsePublicKey } from "../../src/release/minisign.ts"
import { describeCause } from "../../src/values.ts"
import { root, run } from "../build.ts"
import { writeChannels } from "./channels.ts"
import { compareAgain, compile } from "./compile.ts"
import { listPackages, type Metafile } from "./inventory.ts"
import { writeNotice } from "./notice.ts"
import { pack } from "./pack.ts"
import { hashFile, publish } from "./publish.ts"
import { installRuntimes, nameRuntime } from "./runtimes.ts"
import { checkSbom, writeSbom } from "./sbom.ts"
import { findSigner, type Signer } from "./signing.ts"

const { version } = pkg
const releases = join(root, "dist/release")
const out = join(releases, "out")
const usage = `bun run release [--targets ${targets.slice(0, 2).join(",")},…] [--twice] [--allow-dirty]

  --targets      only these systems: ${targets.join(", ")}
  --twice        builds each once more from a copy of the sources, and compares
  --allow-dirty  takes changes that are not committed, for trying

ASYNCGATE_MINISIGN_KEY       the file of the secret key, made by minisign -G. Without: the release is not signed
ASYNCGATE_MINISIGN_PASSWORD  its password
ASYNCGATE_RELEASE_KEY        without a secret key: the public one that the program verifies releases with`

try {
  await makeRelease(readOptions())
} catch (error) {
  process.stderr.write(`${describeCause(error)}\n`)
  process.exit(1)
}

async function makeRelease(options: Options): Promise<void> {
  const commit = readCommit(options.allowDirty)
  const signer = await findSigner()
  const releaseKey = findReleaseKey(signer)
  say(`asyncgate ${version}, commit ${commit.id.slice(0, 12)} of ${commit.date}, for ${options.targets.join(", ")}`)
  const lock = await installRuntimes()
  await run([process.execPath, "scripts/ui.ts"], root)
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const built = new Map<Target, string>()
  const packed = new Map<Target, Promise<Archive>>()
  for (const target of options.targets) {
    const metafile = join(releases, "metafiles", `${target}.json`)
    const program = await compile({ target, from: root, to: join(releases, target), releaseKey, metafile })
    built.set(target, program)
    const packages = await listPackages((await Bun.file(metafile).json()) as Metafile)
    const about = { target, version, commit: commit.id, date: commit.date, sha256: await hashFile(program) }
    const sbom = writeSbom(about, packages, lock.find(nameRuntime(target)))
    await checkSbom(sbom)
    await Bun.write(join(out, `asyncgate-${version}-${target}.cdx.json`), sbom)
    const notice = writeNotice(version, packages)
    await Bun.write(join(releases, "NOTICE"), notice)
    packed.set(target, pack({ target, version, program, notice, time: commit.time, to: out }))
  }
  if (options.twice) await compareAgain(built, releaseKey)
  say("Compressing")
  const archives: Record<string, Archive> = {}
  for (const [target, archive] of packed) archives[target] = await archive
  const notices = [join(root, "LICENSE"), join(releases, "NOTICE")]
  const key = releaseKey ?? null
  const said = await writeChannels({ version, commit, programs: built, archives, releaseKey: key, notices, releases })
  for (const line of said) say(line)
  const schema = readdirSync(join(root, "drizzle")).filter((name) => name.endsWith(".sql")).length
  await publish(out, { version, schema, date: commit.date, archives }, signer)
  say(`${readdirSync(out).length} files are in dist/release/out`)
  if (signer) say(`Signed with ${signer.publicKey}`)
  else
    say(
      "UNSIGNED, as latest.json says too: ASYNCGATE_MINISIGN_KEY names no key. Nobody could prove where this comes from: bun run release:sign signs it.",
    )
}

interface Options {
  targets: readonly Target[]
  twice: boolean
  allowDirty: boolean
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      targets: { type: "string" },
      twice: { type: "boolean", default: false },
      "allow-dirty": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  })
  if (values.help) {
    say(usage)
    process.exit(0)
  }
  const named = values.targets?.split(",")
  const unknown = named?.filter((name) => !targets.some((target) => target === name)) ?? []
  if (unknown.length > 0) throw new Error(`There is no target ${unknown.join(", ")}: there are ${targets.join(", ")}`)
  return {
    targets: named ? targets.filter((target) => named.includes(target)) : targets,
    twice: values.twice,
    allowDirty: values["allow-dirty"],
  }
}

interface Commit {
  id: string
  /** Seconds since 1970. */
  time: number
  /** The same, as 2026-12-01T12:00:00Z. */
  date: string
}

/** Where the sources stand. Whoever builds the same commit gets the same files, so that nothing else may be in them. */
function readCommit(allowDirty: boolean): Commit {
  const changed = git("status", "--porcelain")
  if (changed !== "" && !allowDirty) {
    throw new Error(`There are changes that are not committed. Commit them, or try with --allow-dirty:\n${changed}`)
  }
  const [id = "", seconds = ""] = git("log", "-1", "--format=%H %ct").split(" ")
  const time = Number(seconds)
  process.env["SOURCE_DATE_EPOCH"] = seconds
  return { id, time, date: new Date(time * 1000).toISOString().replace(".000Z", "Z") }
}

function git(...args: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["git", ...args], { cwd: root })
  if (exitCode !== 0) throw new Error(`git ${args[0]}: ${stderr.toString().trim()}`)
  return stdout.toString().trimEnd()
}

/** What the program verifies the next release with: the public half of what signs this one. */
function findReleaseKey(signer: Signer | null): string | undefined {
  const given = process.env["ASYNCGATE_RELEASE_KEY"] || undefined
  if (signer && given && signer.publicKey !== given) {
    throw new Error("ASYNCGATE_RELEASE_KEY is not the public half of the key that ASYNCGATE_MINISIGN_KEY names")
  }
  if (given) parsePublicKey(given)
  return signer?.publicKey ?? given
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
