// `bun run build` makes dist/asyncgate. A release makes each of its targets with the same flags, from here.
import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { Target } from "../src/release/manifest.ts"
import { parsePublicKey } from "../src/release/minisign.ts"

/** The checkout that this file is part of. */
export const root = join(import.meta.dir, "..")

/** What the compiled program may load by its path. */
const entries = ["main", "engine.worker", "provider.worker", "webhook.worker", "check.worker"].map(
  (name) => `src/${name}.ts`,
)

const flags = [
  ...["--compile", "--minify", "--bytecode", "--bytecode-depth=1", "--splitting", "--format=esm"],
  ...["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"],
]

interface Build {
  /** Where the program goes. The file's name is inside it, so that only builds of the same name are equal. */
  outfile: string
  /** The checkout that is built: usually this one. Its dist/ui must be there, which its scripts/ui.ts makes. */
  from?: string
  /** For which system, and the runtime that becomes the program. Without: for this one, with the Bun that runs this. */
  release?: { target: Target; runtime: string }
  /** The public key that the program verifies releases with. Without: it can verify none. */
  releaseKey?: string
  /** Where the list of what went into the program goes. */
  metafile?: string
}

/**
 * Compiles the program.
 * @throws Error if the key is none of minisign, or if Bun refuses, which has then said why on standard error
 */
export async function buildProgram({ outfile, from = root, release, releaseKey, metafile }: Build): Promise<void> {
  if (releaseKey !== undefined) parsePublicKey(releaseKey)
  await packPrices(from)
  await run(
    [
      ...[process.execPath, "build", ...flags],
      ...listAssets(from).flatMap((path) => ["--asset", path]),
      ...Object.entries(listConstants(release?.target, releaseKey)).flatMap(([name, value]) => [
        "--define",
        `${name}=${value}`,
      ]),
      ...(release ? [`--target=bun-${release.target}`, `--compile-executable-path=${release.runtime}`] : []),
      ...(metafile === undefined ? [] : [`--metafile=${metafile}`]),
      ...[...entries, "--outfile", outfile],
    ],
    from,
  )
}

/**
 * The files that lie in the program beside the code, each by its own name. They are named one by one, because Bun takes those of a
 * directory in the order in which the disk has them.
 * @returns paths below the checkout
 */
export function listAssets(from: string): string[] {
  return ["dist/ui", "dist/packed"].flatMap((directory) =>
    readdirSync(join(from, directory))
      .toSorted()
      .map((name) => `${directory}/${name}`),
  )
}

/** Compresses the package of prices for src/providers/pricelist.ts. */
async function packPrices(from: string): Promise<void> {
  const { outputs } = await Bun.build({ entrypoints: [join(from, PRICES)], format: "esm", minify: true, target: "bun" })
  const bytes = await outputs[0]?.arrayBuffer()
  if (!bytes) throw new Error(`${PRICES} could not be bundled`)
  // All that lies there goes into the program. libdeflate gives the same bytes on every processor.
  rmSync(join(from, "dist/packed"), { recursive: true, force: true })
  await Bun.write(join(from, "dist/packed/prices.gz"), Bun.gzipSync(bytes, { level: 9, library: "libdeflate" }))
}

const PRICES = "node_modules/@pydantic/genai-prices/dist/index.js"

/** What the bundler puts in place of names, as JSON: those of src/release/publickey.ts among them. */
export function listConstants(target: Target | undefined, releaseKey: string | undefined): Record<string, string> {
  return {
    "process.env.NODE_ENV": '"production"',
    ...(releaseKey === undefined ? {} : { ASYNCGATE_RELEASE_KEY: JSON.stringify(releaseKey) }),
    ...(target === undefined ? {} : { ASYNCGATE_RELEASE_TARGET: JSON.stringify(target) }),
  }
}

/** Runs a program to its end, with its output shown. @throws Error unless it ends with 0 */
export async function run(command: string[], cwd: string): Promise<void> {
  const child = Bun.spawn(command, { cwd, stdin: "ignore", stdout: "inherit", stderr: "inherit" })
  const code = await child.exited
  if (code !== 0) throw new Error(`${command.slice(0, 3).join(" ")} ended with ${code}`)
}

if (import.meta.main) {
  const releaseKey = process.env["ASYNCGATE_RELEASE_KEY"]
  await buildProgram({ outfile: "dist/asyncgate", ...(releaseKey ? { releaseKey } : {}) })
}
