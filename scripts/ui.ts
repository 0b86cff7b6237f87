// `bun run ui` builds the dashboard into dist/ui, from where `bun run build` puts it into the binary, and says what each file weighs.
import { rmSync } from "node:fs"
import { join } from "node:path"
import { buildUi } from "../src/http/uibuild.ts"

const to = join(import.meta.dir, "../dist/ui")
rmSync(to, { recursive: true, force: true })
let sum = 0
for (const [name, bytes] of await buildUi()) {
  await Bun.write(join(to, `${name}.gz`), bytes)
  process.stdout.write(`${String(bytes.length).padStart(7)} B  ${name}\n`)
  sum += bytes.length
}
process.stdout.write(`${String(sum).padStart(7)} B  in all, compressed\n`)
