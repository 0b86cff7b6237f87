// Loads the package of prices when it is first needed. In the compiled program it lies compressed: its list of all models would take
// 1 MB there, with the bytecode of a list that is run once.
import { join } from "node:path"

type Package = typeof import("@pydantic/genai-prices")

let loaded: Promise<Package> | undefined

/** That takes 5 ms and 11 MB in the compiled program, 5 MB in each further thread. */
export function loadPriceList(): Promise<Package> {
  loaded ??= Bun.isStandaloneExecutable ? unpack() : loadByName("@pydantic/genai-prices")
  return loaded
}

/** Named by a variable, so that the bundler leaves the package out. */
function loadByName(name: string): Promise<Package> {
  return import(name)
}

/** @returns what the package exports. The file is one of ours: scripts/build.ts makes it of the package that is installed */
async function unpack(): Promise<Package> {
  const path = join(import.meta.dir, "prices.gz")
  const text = new TextDecoder().decode(Bun.gunzipSync(await Bun.file(path).bytes()))
  return import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`)
}
