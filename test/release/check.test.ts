// What `bun run release:check` says where it cannot try something. What it tries needs a release and takes minutes.
import { expect, test } from "bun:test"
import { root } from "../documents.ts"
import { plainEnv, readOutput } from "../harness.ts"

const check = (args: string[], env: Record<string, string> = {}) =>
  readOutput(
    Bun.spawn([process.execPath, "scripts/release/check.ts", ...args], {
      cwd: root,
      env: { ...plainEnv(), ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    }),
  )

test("what is missing is named with the package of Debian that has it, and nothing tried is no success", async () => {
  const { stdout, code } = await check(["--only", "windows-x64,image"], { PATH: "/nowhere" })
  const [windows = "", image = "", , counts] = stdout.split("\n")
  expect(windows).toStartWith("skip  windows-x64   wine, x86_64-w64-mingw32-gcc is not on this machine; ")
  expect(windows).toContain("apt-get install wine gcc-mingw-w64-x86-64")
  expect(image).toStartWith("skip  image         skopeo is not on this machine; apt-get install skopeo")
  expect(counts).toBe("0 passed, 0 failed, 2 skipped")
  expect(code).toBe(1)
})

test("a row that is not there is refused, and those that are there are named", async () => {
  const { stdout, stderr, code } = await check(["--only", "npm,macos"])
  expect({ stdout, code }).toEqual({ stdout: "", code: 2 })
  expect(stderr).toStartWith("there is no row macos: there are sums, signature, darwin, ")
})
