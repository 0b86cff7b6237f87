// Checks TypeScript that is nowhere in the project, against the project's packages.
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { root } from "../documents.ts"
import { plainEnv } from "../harness.ts"

/** name of a file -> its text. `./wire.ts` and `./node_modules` are there for it to import. */
export type Sources = Readonly<Record<string, string>>

export interface Finding {
  file: string
  /** From 1. */
  line: number
  message: string
}

const compilerOptions = {
  ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
  ...{ target: "ESNext", lib: ["ESNext", "DOM"] },
  ...{ module: "Preserve", moduleResolution: "bundler", allowImportingTsExtensions: true },
}

/** @throws what the compiler says when it says anything but findings in these files */
export async function check(sources: Sources): Promise<Finding[]> {
  const dir = mkdtempSync(join(tmpdir(), "asyncgate-conformance-"))
  try {
    symlinkSync(join(root, "node_modules"), join(dir, "node_modules"))
    symlinkSync(join(import.meta.dir, "wire.ts"), join(dir, "wire.ts"))
    writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions, include: Object.keys(sources) }))
    for (const [name, text] of Object.entries(sources)) writeFileSync(join(dir, name), text)
    return readFindings(await run(dir))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function run(dir: string): Promise<string> {
  const child = Bun.spawn([process.execPath, "check", "--no-script", "--no-pretty", "--all", "-p", dir], {
    ...{ cwd: dir, env: plainEnv(), stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  })
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return stdout + stderr
}

function readFindings(said: string): Finding[] {
  const found: Finding[] = []
  for (const line of said.split("\n")) {
    const [, file = "", at, message = ""] = /^([\w.-]+\.ts)\((\d+),\d+\): error TS\d+: (.*)$/.exec(line) ?? []
    if (at !== undefined) found.push({ file, line: Number(at), message })
    // A finding goes on in indented lines.
    else if (line.startsWith(" ") && found.length > 0) (found.at(-1) as Finding).message += `\n${line}`
  }
  if (!/^(Found \d+ errors?|✓ No type errors) in \d+ files?/m.test(said) || said.includes("Stopped before")) {
    throw new Error(said)
  }
  return found
}
