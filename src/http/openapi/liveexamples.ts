// Examples of what the gateway tells of itself while it runs.

export const statsExample = {
  object: "stats",
  now: "2026-01-01T12:00:02.345Z",
  window: "10m",
  step_seconds: 1,
  points: [
    {
      at: "2026-01-01T12:00:01.000Z",
      accepted: 12,
      succeeded: 10,
      failed: 1,
      cancelled: 0,
      wait_p50_ms: 1,
      wait_p95_ms: 44,
      run_p50_ms: 736,
      run_p95_ms: 1856,
    },
  ],
  current: { queued: 3, running: 2, waiting: 0, oldest_queued_at: "2026-01-01T11:59:58.000Z" },
  health: {
    status: "ok",
    store: {
      writable: true,
      reason: null,
      database_bytes: 4_194_304,
      wal_bytes: 1_048_576,
      disk_free_bytes: 21_474_836_480,
    },
    engine: { silent_ms: 12 },
    threads: { alive: 4, died: 0, replaced: 0 },
    reaper: { last_run_at: "2026-01-01T12:00:02.000Z", pruned: 7 },
    version: "0.1.0",
    uptime_s: 3600,
    rss_bytes: 67_108_864,
  },
}
