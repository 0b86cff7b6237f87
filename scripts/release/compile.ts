// Compiles the program for one system, and once more from a copy of the sources in another directory, to show that anybody gets the same bytes.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { Target } from "../../src/release/manifest.ts"
import { buildProgram, root, run } from "../build.ts"
import { checkSignature, signAdHoc } from "./machosign.ts"
import { hashFile } from "./publish.ts"
import { findRuntime, isMac, nameProgram } from "./runtimes.ts"

export interface Compile {
  target: Target
  /** The checkout, with its dashboard in dist/ui. */
  from: string
  /** The directory of the program. */
  to: string
  releaseKey: string | undefined
  /** Where the list of what went into it goes. */
  metafile?: string
}

/** @returns the path of the program. @throws Error if it cannot be built, or macOS would refuse it */
export async function compile({ target, from, to, releaseKey, metafile }: Compile): Promise<string> {
  const outfile = join(to, nameProgram(target))
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to, { recursive: true })
  const release = { target, runtime: findRuntime(target) }
  await buildProgram({
    outfile,
    from,
    release,
    ...(releaseKey ? { releaseKey } : {}),
    ...(metafile ? { metafile } : {}),
  })
  if (isMac(target)) await mendSignature(outfile)
  return outfile
}

/** Signs a program for macOS anew if its signature is wrong: that of Bun for darwin-x64 is of the runtime before anything was added. */
async function mendSignature(path: string): Promise<void> {
  const before = checkSignature(await Bun.file(path).bytes())
  if (before.faults.length > 0) {
    process.stdout.write(`${path}: signed anew, since ${before.faults.join(" and ")}\n`)
    await Bun.write(path, signAdHoc(await Bun.file(path).bytes(), "asyncgate"))
  }
  const { pages, faults } = checkSignature(await Bun.file(path).bytes())
  if (faults.length > 0) throw new Error(`macOS would refuse ${path}: ${faults.join(" and ")}`)
  process.stdout.write(`${path}: all ${pages} pages match its signature\n`)
}

/**
 * Builds the targets from a copy of the sources, with its own packages.
 * @param built the paths of the first builds
 * @throws Error that names the targets that came out otherwise
 */
export async function compareAgain(built: ReadonlyMap<Target, string>, releaseKey: string | undefined): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), "asyncgate-twice-"))
  try {
    copySources(copy)
    await run([process.execPath, "install", "--frozen-lockfile", "--production"], copy)
    await run([process.execPath, "scripts/ui.ts"], copy)
    const others: string[] = []
    for (const [target, path] of built) {
      const again = await compile({ target, from: copy, to: join(copy, "dist/release", target), releaseKey })
      const [first, second] = await Promise.all([hashFile(path), hashFile(again)])
      process.stdout.write(`${target}: ${first} and ${second}, ${first === second ? "the same" : "NOT THE SAME"}\n`)
      if (first !== second) others.push(target)
    }
    if (others.length > 0) throw new Error(`Built twice, ${others.join(", ")} did not come out the same`)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** All that git knows or would take. */
function copySources(to: string): void {
  const { stdout } = Bun.spawnSync(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
  })
  for (const path of stdout
    .toString()
    .split("\0")
    .filter((name) => name !== "")) {
    mkdirSync(dirname(join(to, path)), { recursive: true })
    cpSync(join(root, path), join(to, path))
  }
}
