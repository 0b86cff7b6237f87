// Where the program is installed, and whether it may replace itself there.
import { accessSync, constants, realpathSync } from "node:fs"
import { dirname } from "node:path"
import { UpdateRefused } from "./updaterefused.ts"

export interface Place {
  /** The path of the running program. */
  program: string
  /** Whether that is our program, and not the Bun that runs its source. */
  isCompiled: boolean
}

/** By what stands in the path: what to do instead. The first that fits counts. */
const foreign: readonly [path: RegExp, how: string][] = [
  [/[\\/]_npx[\\/]/, "npx keeps it in its cache: run npx asyncgate@latest"],
  [/[\\/]bunx-[^\\/]+[\\/]/, "bunx keeps it in its cache: run bunx asyncgate@latest"],
  [/[\\/]\.bun[\\/]install[\\/]global[\\/]/, "bun has installed it: run bun add --global asyncgate@latest"],
  [/[\\/]pnpm[\\/](global|[^\\/]+[\\/]global)[\\/]/, "pnpm has installed it: run pnpm add --global asyncgate@latest"],
  [
    /[\\/]lib[\\/]node_modules[\\/]|[\\/]npm[\\/]node_modules[\\/]/,
    "npm has installed it: run npm install --global asyncgate@latest",
  ],
  [
    /[\\/]node_modules[\\/]/,
    "it is a package of a project: run npm install asyncgate@latest there, or the like of its package manager",
  ],
  [/[\\/]Cellar[\\/]/, "Homebrew has installed it: run brew upgrade asyncgate"],
  [/[\\/]scoop[\\/]apps[\\/]/i, "Scoop has installed it: run scoop update asyncgate"],
  [/^[\\/]nix[\\/]store[\\/]/, "Nix has installed it: update its package"],
]

/**
 * Checks that the program may be replaced where it is.
 * @throws {UpdateRefused} and what to do instead
 */
export function checkPlace({ program, isCompiled }: Place): void {
  if (!isCompiled) throw new UpdateRefused("this is the source, which git updates: run git pull, and then bun run up")
  if (isMainOfContainer(program))
    throw new UpdateRefused(
      "it is the program of a container: pull the image of the new version, and make a new container of it",
    )
  const [, how] = foreign.find(([path]) => path.test(program)) ?? []
  if (how !== undefined) throw new UpdateRefused(how)
  checkWritable(dirname(program))
}

function checkWritable(directory: string): void {
  try {
    accessSync(directory, constants.W_OK)
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code === "EROFS")
      throw new UpdateRefused(
        `${directory} is read-only: update it where it is written, as in the image or the package`,
      )
    throw new UpdateRefused(
      `${directory} cannot be written by this user: run asyncgate update as one who may, or install it elsewhere`,
    )
  }
}

/** Whether the first process of this container, or machine, runs this very file. */
function isMainOfContainer(program: string): boolean {
  try {
    return realpathSync("/proc/1/exe") === program
  } catch {
    // No /proc, or the process of another user: that is no container of ours.
    return false
  }
}
