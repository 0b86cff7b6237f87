// Executes the program again in the same process: the pid stays the same, so a supervisor still knows it.

/** Whether the system can. */
export const canReexecute = process.execve !== undefined

/** @returns only where it fails: the file of the program is gone, or the system forbids it */
export function reexecute(env: Record<string, string | undefined>): void {
  const args = Bun.isStandaloneExecutable ? process.argv.slice(2) : [...process.execArgv, ...process.argv.slice(1)]
  try {
    process.execve?.(process.execPath, [process.execPath, ...args], env)
  } catch {
    // The caller goes on without.
  }
}
