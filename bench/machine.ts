// What the figures hold for: the machine and the versions.
import { Database } from "bun:sqlite"
import { arch, cpus, loadavg, release, totalmem, type } from "node:os"
import elysia from "elysia/package.json" with { type: "json" }
import asyncgate from "../package.json" with { type: "json" }

export function machine() {
  const cores = cpus()
  return {
    cpu: cores[0]?.model.trim() ?? "unknown",
    cores: cores.length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    kernel: `${type()} ${release()} ${arch()}`,
    /** Processes that wanted a core in the last minute: what else the machine had to do. */
    load: Number(loadavg()[0]?.toFixed(2)),
  }
}

export function versions() {
  return { asyncgate: asyncgate.version, bun: Bun.version, elysia: elysia.version, sqlite: sqliteVersion() }
}

function sqliteVersion(): string {
  const database = new Database(":memory:")
  const row = database.query<{ version: string }, []>("SELECT sqlite_version() AS version").get()
  database.close()
  return row?.version ?? "unknown"
}
