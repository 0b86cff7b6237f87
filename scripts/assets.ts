// `bun run assets` compresses the files of Swagger UI for the binary, which is 1.4 MB smaller so. A test holds them to the package.
import { join } from "node:path"

const from = join(import.meta.dir, "../node_modules/swagger-ui-dist")
const to = join(import.meta.dir, "../src/http/openapi")

for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
  const bytes = await Bun.file(join(from, name)).bytes()
  await Bun.write(join(to, `${name}.gz`), Bun.gzipSync(bytes, { level: 9 }))
}
