// NOTICE: whose work is inside the program and under which licence, in the words of its authors.
import type { Package } from "./inventory.ts"

const RULE = "=".repeat(100)

export function writeNotice(version: string, packages: readonly Package[]): string {
  const head = `asyncgate ${version} is licensed under the Apache License 2.0 (the file LICENSE). This program contains the work of others.

Bun ${Bun.version} runs it, and is under the MIT licence. Bun has JavaScriptCore and parts of WebKit (LGPL-2) and tinycc (LGPL-2.1) linked into it, and
other libraries under permissive licences. All of them, and how to link a changed JavaScriptCore, are named in
https://github.com/oven-sh/bun/blob/bun-v${Bun.version}/LICENSE.md; the source of this program, to link it anew, is public too.

The packages inside, from npm:

${packages.map(({ name, version, license }) => `  ${name} ${version}: ${license}`).join("\n")}
`
  const texts = packages.flatMap(({ name, version, license, texts }) => {
    const said = texts.length > 0 ? texts : [{ file: "", text: `The package has no text of its licence: ${license}.` }]
    return said.map(({ file, text }) => `${RULE}\n${name} ${version}${file === "" ? "" : `, ${file}`}\n\n${text}\n`)
  })
  return [head, ...texts].join("\n")
}
