// Holds programs still while another is measured: what one does in the background (a rewritten log, a checkpoint, a poll) would else be
// measured as the slowness of the next. Linux; elsewhere nothing is held.
import { readdirSync, readFileSync } from "node:fs"

const held = new Set<number>()

// A process that is held would not notice that its parent has been killed.
process.on("exit", () => resume([...held]))

/** With everything that they have started. */
export function pause(roots: number[]): void {
  for (const pid of listTrees(roots)) {
    send(pid, "SIGSTOP")
    held.add(pid)
  }
}

export function resume(roots: number[]): void {
  for (const pid of listTrees(roots)) {
    send(pid, "SIGCONT")
    held.delete(pid)
  }
}

function send(pid: number, signal: "SIGSTOP" | "SIGCONT"): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}

/** The processes and all that descend from them. */
function listTrees(roots: number[]): number[] {
  if (process.platform !== "linux") return []
  const parents = new Map<number, number>()
  for (const name of readdirSync("/proc")) {
    const pid = Number(name)
    if (Number.isInteger(pid)) parents.set(pid, findParent(pid))
  }
  const isOurs = (pid: number): boolean => roots.includes(pid) || (parents.has(pid) && isOurs(parents.get(pid) ?? 0))
  return [...parents.keys()].filter(isOurs)
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the second number after the name, which may hold anything. */
function findParent(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    return Number(stat.slice(stat.lastIndexOf(")")).split(" ")[2])
  } catch {
    return 0
  }
}
