import { describe, expect, test } from "bun:test"
import { existsSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openAdmin, rotateAdminToken } from "../../src/auth/admintoken.ts"
import { SetupRefused } from "../../src/auth/privatefiles.ts"
import { sha256Hex } from "../../src/digest.ts"
import { tempDir } from "../cleanup.ts"

describe("the admin token", () => {
  test("is another one at each start until it was shown, then kept as a digest for this user only", () => {
    const dir = tempDir()
    const unseen = openAdmin(dir)
    expect(readdirSync(dir)).toEqual([])
    const { newToken, isAdmin, keep } = openAdmin(dir)
    if (newToken === null) throw new Error("no token")
    expect(newToken).toMatch(/^asyncgate-admin-[\w-]{43}$/)
    expect(newToken).not.toBe(unseen.newToken ?? "")
    expect(isAdmin(newToken)).toBeTrue()
    keep()
    const path = join(dir, "admin-token")
    expect(readFileSync(path, "utf8")).toBe(`${sha256Hex(newToken)}\n`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const again = openAdmin(dir)
    expect(again.newToken).toBeNull()
    expect(again.isAdmin(newToken)).toBeTrue()
    for (const value of ["", "asyncgate-admin-", newToken.toUpperCase(), sha256Hex(newToken), ` ${newToken}`]) {
      expect(again.isAdmin(value)).toBeFalse()
    }
  })

  test("that is rotated takes the place of the one before, shown or not", () => {
    const dir = tempDir()
    const running = openAdmin(dir)
    const first = rotateAdminToken(dir)
    // It counts at once, and was there before the one of the banner could be kept.
    expect(running.isAdmin(first)).toBeTrue()
    running.keep()
    expect(running.isAdmin(running.newToken ?? "")).toBeFalse()
    const second = rotateAdminToken(dir)
    running.refresh()
    expect([first, second].map(running.isAdmin)).toEqual([false, true])
    unlinkSync(join(dir, "admin-token"))
    running.refresh()
    expect(running.isAdmin(second)).toBeFalse()
  })

  test("goes on to count while its file cannot be read", () => {
    const dir = tempDir()
    const token = rotateAdminToken(dir)
    const troubles: string[] = []
    const running = openAdmin(dir, (reason) => troubles.push(reason))
    writeFileSync(join(dir, "admin-token"), "damaged")
    running.refresh()
    running.refresh()
    expect(running.isAdmin(token)).toBeTrue()
    expect(troubles).toHaveLength(1)
  })

  test.each(["", "token", sha256Hex("x").toUpperCase()])(
    "of a damaged file is refused, and the file is left alone: %j",
    (text) => {
      const dir = tempDir()
      writeFileSync(join(dir, "admin-token"), text)
      expect(() => openAdmin(dir)).toThrow(SetupRefused)
      expect(readFileSync(join(dir, "admin-token"), "utf8")).toBe(text)
      expect(existsSync(join(dir, "admin-token.tmp"))).toBeFalse()
    },
  )
})
