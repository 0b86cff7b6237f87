// What a test leaves behind is removed when it has finished, the last first, so that a directory outlives the program that runs in it.
import { onTestFinished } from "bun:test"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const pending: (() => unknown)[] = []

/** Runs `close` when the test that is running has finished. */
export function afterTest(close: () => unknown): void {
  if (pending.push(close) > 1) return
  onTestFinished(async () => {
    for (const next of pending.splice(0).reverse()) await next()
  })
}

/** A new directory, removed after the test. */
export function tempDir(): string {
  const dir = newDir()
  afterTest(() => removeDir(dir))
  return dir
}

/** A new directory that the caller removes. */
export function newDir(): string {
  return mkdtempSync(join(tmpdir(), "asyncgate-test-"))
}

export function removeDir(dir: string): void {
  rmSync(dir, { recursive: true, force: true })
}
