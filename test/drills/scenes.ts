// The server of a round, and what stands between it and the gateways, where that is not the one server of all drills.
import { join } from "node:path"
import { newDir, removeDir } from "../cleanup.ts"
import { findPgBouncer, startPgBouncer } from "../pgbouncer.ts"
import { type Cluster, createCluster, giveAway, makeDatabase } from "../postgres.ts"
import { openRoom, type Room } from "../torture/room.ts"

export interface Scene {
  cluster: Cluster
  /** A new database, as its superuser reaches it. */
  createDatabase(): Promise<string>
  /** The address of that database for the gateways. */
  lead(database: string): string
  /** The disk that can be full. */
  room: Room | null
  /** The server that has all of the cluster's commits, and can take its place. */
  standby: Cluster | null
  dispose(): Promise<void>
}

/** Makes a scene. @param shared the one server of all drills */
export type Stage = (shared: Cluster) => Promise<Scene>

export const SETTINGS = ["fsync=on"]

const ROOM_MB = 64
const ASK_MS = 100

export function openShared(cluster: Cluster): Scene {
  return {
    ...{ cluster, room: null, standby: null },
    createDatabase: () => cluster.createDatabase(),
    lead: (database) => database,
    dispose: async () => {},
  }
}

/** The tables are on a small disk. */
export const openSmallTables: Stage = async (shared) => {
  const { room, close } = openSmallDisk()
  const tablespace = `small_${crypto.randomUUID().replaceAll("-", "")}`
  await shared.run(`CREATE TABLESPACE ${tablespace} LOCATION '${room.path}'`)
  return {
    ...openShared(shared),
    room,
    createDatabase: () => makeDatabase(shared.address(), tablespace),
    async dispose() {
      await shared.run(`DROP TABLESPACE ${tablespace}`)
      close()
    },
  }
}

/** The server's log of changes is on a small disk. */
export const openSmallLog: Stage = async () => {
  const { room, close } = openSmallDisk()
  const initdb = ["--waldir", join(room.path, "wal"), "--wal-segsize=1"]
  const cluster = await createCluster(SETTINGS, { initdb })
  return {
    ...{ ...openShared(cluster), room },
    async dispose() {
      await cluster.dispose()
      close()
    },
  }
}

/** A primary that answers no commit before its standby has it. */
export const openPair: Stage = async () => {
  const cluster = await createCluster(SETTINGS)
  const standby = await createCluster(SETTINGS, { primary: cluster })
  await cluster.run("ALTER SYSTEM SET synchronous_standby_names = '*'")
  await cluster.run("SELECT pg_reload_conf()")
  while (!(await isSynchronous(cluster))) await Bun.sleep(ASK_MS)
  return {
    ...{ ...openShared(cluster), standby },
    async dispose() {
      await Promise.all([standby.dispose(), cluster.dispose()])
    },
  }
}

async function isSynchronous(primary: Cluster): Promise<boolean> {
  const rows = await primary.run("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")
  return rows.length > 0
}

/** The gateways reach the server by way of PgBouncer, which gives each of their connections one of its own. */
export const openPooled: Stage = async (shared) => {
  const pooler = await startPgBouncer(shared.address(), "session")
  return {
    ...{ ...openShared(shared), lead: pooler.lead, dispose: pooler.stop },
    async createDatabase() {
      const database = await shared.createDatabase()
      await shared.run(`ALTER DATABASE ${new URL(database).pathname.slice(1)} SET search_path = asyncgate`)
      return database
    },
  }
}

/** Why this machine has no small disk; null: it has. */
export function findNoDisk(): string | null {
  const dir = newDir()
  const room = openRoom(join(dir, "room"), 1)
  if (!("reason" in room)) room.close()
  removeDir(dir)
  return "reason" in room ? room.reason : null
}

export const findNoPooler = () => (findPgBouncer() === null ? "PgBouncer is not on this machine" : null)

function openSmallDisk(): { room: Room; close(): void } {
  const dir = newDir()
  giveAway(dir)
  const room = openRoom(join(dir, "room"), ROOM_MB)
  if ("reason" in room) throw new Error(room.reason)
  giveAway(room.path)
  const close = () => {
    process.off("exit", close)
    room.close()
    removeDir(dir)
  }
  process.on("exit", close)
  return { room, close }
}
