// TypeScript definitions of every request and answer, made from the API document that the program serves. `bun run types`
// writes them; a test holds file and program equal.
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import openapiTS, { astToString, type OpenAPITSOptions, stringToAST } from "openapi-typescript"
import { launch } from "../test/harness.ts"

export const typesPath = join(import.meta.dir, "../types/asyncgate.d.ts")

const head =
  "// What goes to asyncgate and comes from it, made from its API document by `bun run types`. Not to be edited.\n"

/** The names it gives to headers, parameters and refusals, which only `operations` has a use for. */
const parts = /^export type (Response|Parameter|Header)[A-Z]\w* = .*\n/gm

/** What further members an object may have. An interface, as `openai` has them for messages, goes only where they are of any type. */
const further = /\[key: string\]: unknown;/g

/** The definitions as they should be. Asks nothing but the program itself. */
export async function makeTypes(): Promise<string> {
  const gateway = await launch()
  const source = await (await gateway.fetch("/docs/json")).text()
  await gateway.dispose()
  const nodes = await openapiTS(source, {
    // The schemas by their own names: `ChatCompletionRequest`.
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    transform: ({ format }) => (format === "binary" ? blob() : undefined),
  })
  return head + astToString(nodes).replaceAll(parts, "").replaceAll(further, "[key: string]: any;")
}

/** What the bytes of a file are to a program. */
function blob() {
  const [alias] = stringToAST("type File = Blob") as [{ type: ReturnType<NonNullable<OpenAPITSOptions["transform"]>> }]
  return alias.type
}

if (import.meta.main) {
  mkdirSync(dirname(typesPath), { recursive: true })
  writeFileSync(typesPath, await makeTypes())
}
