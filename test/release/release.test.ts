// `bun run release` refuses what would make a release that nobody can trust, before it builds anything.
import { expect, test } from "bun:test"
import { join } from "node:path"
import { tempDir } from "../cleanup.ts"
import { root } from "../documents.ts"
import { encrypted, otherPublicKey, password, plain } from "./keys.ts"

/** Runs it to its end. */
async function release(args: string[], env: Record<string, string> = {}) {
  const child = Bun.spawn([process.execPath, "scripts/release/release.ts", ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { code: await child.exited, stdout, stderr }
}

/** A file with a secret key. */
async function keep(secretKey: string): Promise<string> {
  const path = join(tempDir(), "release.key")
  await Bun.write(path, secretKey)
  return path
}

test("changes that are not committed are refused and named", async () => {
  // With an index of its own, which is empty, git takes every file for changed.
  const { code, stdout, stderr } = await release([], { GIT_INDEX_FILE: join(tempDir(), "index") })
  expect(stderr).toStartWith("There are changes that are not committed. Commit them, or try with --allow-dirty:\n")
  expect(stderr).toContain("package.json")
  expect(stdout).toBe("")
  expect(code).toBe(1)
})

test.each<[string, string[], string]>([
  ["an unknown target", ["--targets", "linux-x64,plan9-x64"], "There is no target plan9-x64: there are linux-x64, "],
  ["an unknown flag", ["--fast"], "Unknown option '--fast'"],
  ["a word that is no flag", ["linux-x64"], "Unexpected argument 'linux-x64'"],
])("%s is refused", async (_, args, sentence) => {
  const { code, stderr } = await release(["--allow-dirty", ...args])
  expect(stderr).toStartWith(sentence)
  expect(code).toBe(1)
})

test("a key that is not there, is none, is not opened or is not the program's is refused", async () => {
  const refuse = async (env: Record<string, string>) => {
    const { code, stdout, stderr } = await release(["--allow-dirty"], env)
    expect(stdout).toBe("")
    expect(code).toBe(1)
    return stderr.trim()
  }
  expect(await refuse({ ASYNCGATE_MINISIGN_KEY: "/nowhere/release.key" })).toBe(
    "ASYNCGATE_MINISIGN_KEY names /nowhere/release.key, which is not there",
  )
  expect(await refuse({ ASYNCGATE_MINISIGN_KEY: await keep(plain.publicKey) })).toBe(
    "The signing key is not a secret key of minisign",
  )
  const locked = await keep(encrypted.secretKey)
  expect(await refuse({ ASYNCGATE_MINISIGN_KEY: locked })).toBe("The signing key needs its password")
  expect(await refuse({ ASYNCGATE_MINISIGN_KEY: locked, ASYNCGATE_MINISIGN_PASSWORD: "wrong" })).toBe(
    "The password is not that of the signing key",
  )
  const other = { ASYNCGATE_MINISIGN_PASSWORD: password, ASYNCGATE_RELEASE_KEY: otherPublicKey }
  expect(await refuse({ ASYNCGATE_MINISIGN_KEY: locked, ...other })).toBe(
    "ASYNCGATE_RELEASE_KEY is not the public half of the key that ASYNCGATE_MINISIGN_KEY names",
  )
  expect(await refuse({ ASYNCGATE_RELEASE_KEY: "RWnothing" })).toStartWith("The public key is not one of minisign")
})

test("--help says what can be chosen", async () => {
  const { code, stdout } = await release(["--help"])
  expect(stdout).toContain("--twice")
  expect(stdout).toContain("ASYNCGATE_MINISIGN_KEY")
  expect(code).toBe(0)
})
