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
    gateways: null,
    standbys: null,
    version: "0.1.0",
    uptime_s: 3600,
    rss_bytes: 67_108_864,
  },
}

export const queuesExample = {
  object: "list",
  data: [
    {
      provider: "my-server",
      model: "my-model",
      priority: "normal",
      owner: { kind: "virtual_key", id: "vk-team-a", name: "team-a" },
      depth: 1204,
      oldest_at: "2026-01-01T11:58:31.102Z",
      next_at: "2026-01-01T12:03:20.000Z",
      in_flight: 0,
      place: "waiting",
      waits_for: [
        {
          kind: "quota",
          reason:
            "my-server answered 429 for my-model with key main: it reported a limit of 500 calls in 60 s; closed until 12:03:20 UTC, then 1 call each 0.2 s",
          key_name: "main",
          until: "2026-01-01T12:03:20.000Z",
          room: 0,
          limit: 500,
          in_flight: 0,
        },
      ],
    },
  ],
  quotas: [
    {
      provider: "my-server",
      key_name: "main",
      model: "my-model",
      closed_until: "2026-01-01T12:03:20.000Z",
      in_flight: 0,
      strikes: 1,
      limit: 500,
      window_ms: 60_000,
      spacing_ms: 121,
      avoided_until: null,
    },
  ],
  slots: { in_flight: 7, limit: null },
  has_more: false,
}

export const eventExample = [
  "event: change",
  'data: {"counts":{"queued":3,"running":2,"waiting":0},"changed":[{"id":"019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18","state":"running","is_new":true}],"revision":"5f0c2ab19e77d346"}',
  "",
  "",
].join("\n")

export const jobEventExample = [
  "retry: 2000",
  "",
  "id: 1",
  "event: job.queued",
  'data: {"id":"019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18","request_type":"chat_completion","created_at":"2026-12-01T12:00:00.000Z"}',
  "",
  "",
].join("\n")

export const providersExample = {
  object: "list",
  data: [
    {
      name: "my-server",
      base_url: "https://models.example.com",
      kind: "custom",
      access: "config.json",
      request_types: ["chat_completion", "responses"],
      concurrency: { limit: 100, in_flight: 2 },
      keys: [
        {
          name: "main",
          weight: 1,
          models: ["*"],
          source: "config.json",
          concurrency: { limit: null, in_flight: 2 },
          closed_until: null,
          last_error: { at: "2026-01-01T11:58:31.102Z", status: 401, reason: "the key was refused (invalid_api_key)" },
          last_success_at: "2026-01-01T12:00:01.204Z",
        },
      ],
      last_error: { at: "2026-01-01T11:58:31.102Z", status: 401, reason: "the key was refused (invalid_api_key)" },
      last_success_at: "2026-01-01T12:00:01.204Z",
    },
  ],
}

export const managedKeyExample = {
  id: "vk-5e0c7d2b6f18a41c",
  name: "team-a",
  is_active: true,
  expires_at: null,
  requests_per_minute: null,
  max_concurrent_jobs: 8,
  budgets: { month: { cost: 50 } },
  provider_configs: null,
  created_at: "2026-01-01T12:00:00.000Z",
  source: "virtual-keys.json",
  is_read_only: false,
}

export const usageExample = {
  object: "list",
  data: [
    {
      day: "2026-01-01",
      model: "my-model",
      calls: 120,
      input_tokens: 48_000,
      output_tokens: 9_600,
      total_tokens: 57_600,
      cost_usd: 0.42,
      calls_without_cost: 2,
    },
  ],
  budgets: [
    {
      virtual_key: { id: "vk-7f3a", name: "team-a" },
      period: "month",
      tokens: null,
      cost_usd: { limit: 50, used: 0.42, resets_at: "2026-02-01T00:00:00.000Z" },
    },
  ],
}
