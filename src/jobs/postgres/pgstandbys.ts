// The standbys of the database, and how far each is behind. Who looks needs the right to: pg_read_all_stats, as in pg_monitor.
import type { StandbyView } from "../gateways.ts"
import type { Asking } from "./pgdriver.ts"

// Whoever copies the database, keeps its log or subscribes to its changes is connected in the same way, and is no standby. Without the
// right all columns but the name of the user are null.
const SELECT = `SELECT application_name AS name, sync_state IN ('sync', 'quorum') AS "isSynchronous",
    greatest(0, pg_wal_lsn_diff(pg_current_wal_lsn(), flush_lsn))::float8 AS "behindBytes", state IS NULL AS "isHidden"
  FROM pg_stat_replication
  WHERE state IS NULL OR (state IN ('streaming', 'catchup') AND replay_lsn IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM pg_replication_slots WHERE active_pid = pid AND slot_type = 'logical'))
  ORDER BY application_name, pid`

/** Null: the user may not see them. */
export async function readStandbys(ask: Asking["ask"]): Promise<StandbyView[] | null> {
  const rows = await ask<StandbyView & { isHidden: boolean }>(SELECT)
  return rows.some(({ isHidden }) => isHidden) ? null : rows.map(({ isHidden: _, ...standby }) => standby)
}
