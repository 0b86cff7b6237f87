// The command of the npm package where its program cannot be run, by each runtime that is there.
import { expect, test } from "bun:test"
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { tempDir } from "../cleanup.ts"
import { plainEnv, readOutput } from "../harness.ts"

const runtimes = [Bun.which("node"), process.execPath].filter((path) => path !== null)

test.skipIf(process.platform !== "linux").each(runtimes)(
  "without the right to run the program it says so in a sentence, and ends with 1: %s",
  async (runtime) => {
    const work = tempDir()
    const bin = join(work, `node_modules/@asyncgate/linux-${process.arch}/bin`)
    mkdirSync(bin, { recursive: true })
    writeFileSync(join(bin, "asyncgate"), "#!/bin/sh\necho 1.2.3\n", { mode: 0o644 })
    copyFileSync(resolve("scripts/release/npm/asyncgate.cjs"), join(work, "asyncgate.cjs"))
    const child = Bun.spawn([runtime, join(work, "asyncgate.cjs"), "--version"], {
      env: plainEnv(),
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    })
    expect(await readOutput(child)).toEqual({
      stdout: "",
      stderr: `asyncgate: ${join(bin, "asyncgate")} cannot be run (EACCES): make it executable with chmod +x, or install the package anew\n`,
      code: 1,
    })
  },
)
