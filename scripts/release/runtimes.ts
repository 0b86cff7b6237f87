// The systems that a release is built for, and the runtime of each, which release/bun.lock pins.
import { join } from "node:path"
import { type Target, targets } from "../../src/release/manifest.ts"
import { root, run } from "../build.ts"
import { type Lock, readLock } from "./lockfile.ts"

/** Where what only a release needs is installed. */
export const releaseDir = join(root, "release")

/** The name of the program's file. It is inside the program, so that it is the same for all targets of a kind. */
export function nameProgram(target: Target): string {
  return isWindows(target) ? "asyncgate.exe" : "asyncgate"
}

export function isWindows(target: Target): boolean {
  return target.startsWith("windows-")
}

export function isMac(target: Target): boolean {
  return target.startsWith("darwin-")
}

/** The package whose file becomes the program. */
export function nameRuntime(target: Target): string {
  return `@oven/bun-${target.replace("arm64", "aarch64")}`
}

export function findRuntime(target: Target): string {
  return join(releaseDir, "node_modules", nameRuntime(target), "bin", isWindows(target) ? "bun.exe" : "bun")
}

/**
 * Installs what release/bun.lock names, for all systems and not only this one.
 * @returns what the lock file says of it
 * @throws Error if a runtime is not of the Bun that runs this: the two must fit
 */
export async function installRuntimes(): Promise<Lock> {
  const lock = readLock(join(releaseDir, "bun.lock"))
  for (const target of targets) {
    const { version } = lock.find(nameRuntime(target))
    if (version === Bun.version) continue
    throw new Error(
      `${nameRuntime(target)} is ${version} in release/bun.lock, and this is Bun ${Bun.version}: use the same`,
    )
  }
  await run([process.execPath, "install", "--frozen-lockfile", "--os=*", "--cpu=*"], releaseDir)
  return lock
}
