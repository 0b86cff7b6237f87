// Builds the dashboard of src/ui: for `bun run build`, which puts the files into the binary, and for a gateway that runs from its source.
import { basename, join } from "node:path"
import { findJobsPath } from "../endpoints/clienttypes.ts"
import { endpoints } from "../endpoints/endpoints.ts"
import { priorities } from "./request/joboptions.ts"

/** The path under which the page's files are served. */
const ASSETS = "/ui/assets/"

/** Each file by its name, compressed with gzip. All but the page have a digest of their content in their name. */
export async function buildUi(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const { outputs } = await Bun.build({
    entrypoints: [join(import.meta.dir, "../ui/index.html")],
    target: "browser",
    minify: true,
    splitting: true,
    publicPath: ASSETS,
    naming: { entry: "[name].[ext]", chunk: "[name]-[hash].[ext]", asset: "[name]-[hash].[ext]" },
    define: {
      JOBS_PATHS: JSON.stringify(Object.fromEntries(endpoints.map((type) => [type.requestType, findJobsPath(type)]))),
      REQUEST_TYPES: JSON.stringify(endpoints.map(({ requestType }) => requestType)),
      PRIORITIES: JSON.stringify(priorities),
    },
  })
  const files = outputs.map(
    async (file) =>
      [basename(file.path), Bun.gzipSync(await file.arrayBuffer(), { level: 9, library: "libdeflate" })] as const,
  )
  return new Map(await Promise.all(files))
}
