// The manual page, as the formatters of this machine read it. That it is up to date is checked with the other generated documents.
import { expect, test } from "bun:test"
import { join } from "node:path"
import { MANUAL } from "../scripts/manpage.ts"
import { exitCodes } from "../src/cli/exitcodes.ts"
import { listFlags, spellFlag } from "../src/cli/help.ts"
import { rows } from "../src/cli/table.ts"
import { root } from "./documents.ts"

const path = join(root, MANUAL)
const checkers = [
  ["groff", "-ww", "-man", "-Tutf8", "-P-bcou", "-rLL=400n", path],
  ["mandoc", "-Tlint", "-Wwarning", path],
]

test.each(checkers)("%s finds nothing wrong in it", (name, ...args) => {
  if (Bun.which(name) === null) {
    process.stderr.write(`${name} is absent: the manual page is not tried with it\n`)
    return
  }
  const { stdout, stderr, exitCode } = Bun.spawnSync([name, ...args])
  expect({ stderr: stderr.toString(), exitCode }).toEqual({ stderr: "", exitCode: 0 })
  if (name === "mandoc") expect(stdout.toString()).toBe("")
  else expectAll(stdout.toString())
})

/** Every command with its flags, and every way to end. */
function expectAll(shown: string): void {
  for (const row of rows) {
    if (row.words !== "serve") expect(shown).toContain(`asyncgate ${row.words}`)
    for (const flag of listFlags(row)) expect(shown).toContain(spellFlag(flag))
    for (const example of row.examples) if (row.words !== "serve") expect(shown).toContain(`asyncgate ${example}`)
  }
  for (const { code, means } of exitCodes) {
    expect(shown).toContain(` ${code}`)
    expect(shown).toContain(means)
  }
}
