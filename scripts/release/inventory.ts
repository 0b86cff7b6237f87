// Which packages are really inside the program: those of which the bundler wrote at least a byte into it, or into the dashboard, and the page of
// the API, whose files lie compressed in the sources.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../build.ts"
import { type Lock, readLock } from "./lockfile.ts"

export interface Package {
  name: string
  version: string
  /** The hash that bun.lock has of it, as `sha512-` and base64. */
  integrity: string
  /** An identifier or expression of SPDX. */
  license: string
  /** What its authors want said of it: the texts of its files LICENSE, NOTICE and their like, each with its name. */
  texts: { file: string; text: string }[]
}

export interface Metafile {
  outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>
}

/** What no bundler sees: `bun run assets` puts the one into the sources, and the build the other beside the program. */
const inSources = ["node_modules/swagger-ui-dist", "node_modules/@pydantic/genai-prices"]
const TEXT = /^(licen[cs]e|notice|copying)|\.licen[cs]e\.txt$/i
/** Texts of Swagger UI for builds of it that are not in the program. */
const ELSEWHERE = /es-bundle|standalone-preset/

/** @param metafile of the program. @returns the packages in it, by name */
export async function listPackages(metafile: Metafile): Promise<Package[]> {
  const dashboard = await Bun.build({
    entrypoints: [join(root, "src/ui/index.html")],
    root,
    target: "browser",
    minify: true,
    metafile: true,
  })
  const dirs = new Set([...inSources, ...listDirs(metafile), ...listDirs(dashboard.metafile as unknown as Metafile)])
  const lock = readLock(join(root, "bun.lock"))
  const all = [...dirs].map((dir) => readPackage(dir, lock))
  // A space goes before every character of a name.
  const byId = new Map(all.map((each) => [`${each.name} ${each.version}`, each]))
  return [...byId.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each)
}

/** The directories of packages of which something was written. */
export function listDirs({ outputs }: Metafile): string[] {
  const written = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  )
  const dirs = written.flatMap((path) => /(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? [])
  return [...new Set(dirs)].map((dir) => dir.slice(dir.indexOf("node_modules/"))).toSorted()
}

function readPackage(dir: string, lock: Lock): Package {
  const at = join(root, dir)
  const { name, version, license } = JSON.parse(readFileSync(join(at, "package.json"), "utf8")) as Record<
    string,
    string
  >
  if (!(name && version && license)) throw new Error(`${dir} does not say its name, its version or its licence`)
  const files = readdirSync(at).filter((file) => TEXT.test(file) && !ELSEWHERE.test(file))
  const texts = files.toSorted().map((file) => ({ file, text: readFileSync(join(at, file), "utf8").trim() }))
  return { name, version, license, integrity: lock.find(name, version).integrity, texts }
}
