// The schemas of what the gateway says of itself while it runs: of the caller, of its queues and its providers.
import Type, { type TSchema } from "typebox"
import { nullable, ref, time } from "./schemaparts.ts"

const spend = (period: string) =>
  Type.Optional(
    Type.Object(
      { tokens: Type.Optional(Type.Integer()), cost: Type.Optional(Type.Number()) },
      { description: `Of a UTC ${period}: tokens, and US dollars.` },
    ),
  )

const virtualKey = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    is_active: Type.Boolean(),
    expires_at: nullable(time("When it expires."), "Null: never."),
    requests_per_minute: nullable(Type.Integer(), "How many jobs it may submit in a minute; null: any number."),
    max_concurrent_jobs: nullable(Type.Integer(), "How many of its jobs may run at once; null: any number."),
    budgets: nullable(Type.Object({ day: spend("day"), month: spend("month") }), "What it may use; null: no limit."),
    provider_configs: nullable(
      Type.Array(Type.Object({ provider: Type.String(), allowed_models: Type.Array(Type.String()) })),
      "What it may be used for; null: everything.",
    ),
  },
  { description: "A virtual key with its limits, in the words of config.json. Its value is never shown." },
)

const me = Type.Object({
  kind: Type.Enum(["admin", "virtual_key", "sole_user", "caller_key", "anonymous"], {
    type: "string",
    description:
      "`sole_user`: there are no virtual keys, and the request comes from this machine. `caller_key`: a provider's key of the caller's own. `anonymous`: anybody; jobs without an owner are shown only to whoever knows their ids.",
  }),
  virtual_key: nullable(Type.Unsafe(ref("VirtualKey")), "The virtual key that was sent."),
  may: Type.Object({
    list: Type.Boolean({ description: "Jobs can be listed, cancelled together and followed." }),
    operate: Type.Boolean({ description: "Metrics, statistics and providers can be seen." }),
    manage_keys: Type.Boolean({ description: "Virtual keys can be listed, made and changed." }),
  }),
  ui: Type.Object({ bodies: Type.Boolean({ description: "The dashboard shows requests and results." }) }),
  version: Type.String(),
})

const milliseconds = (what: string) => nullable(Type.Integer(), `${what}, in milliseconds; null: there was none.`)
const count = (description: string) => Type.Integer({ minimum: 0, description })
const known = (schema: TSchema) => nullable(schema, "Null: not known at the moment.")

const point = Type.Object({
  at: time("When the step began."),
  accepted: count("Jobs that were accepted."),
  succeeded: count("Jobs that completed."),
  failed: count("Jobs that failed."),
  cancelled: count("Jobs that were cancelled."),
  wait_p50_ms: milliseconds("The median of the times until the first attempt"),
  wait_p95_ms: milliseconds("Of these times the one that 95 of 100 do not exceed"),
  run_p50_ms: milliseconds("The median of the times from the last attempt to the end"),
  run_p95_ms: milliseconds("Of these times the one that 95 of 100 do not exceed"),
})

const stats = Type.Object(
  {
    object: Type.Literal("stats"),
    now: time("The gateway's clock."),
    window: Type.Enum(["10m", "24h"], { type: "string" }),
    step_seconds: Type.Integer({ description: "1 or 60: how long a step is." }),
    points: Type.Array(point, {
      description:
        "The oldest first. Steps in which nothing happened are left out; the last may not be over. Times are right to 7 %.",
    }),
    current: Type.Object({
      queued: known(Type.Integer()),
      running: known(Type.Integer()),
      waiting: known(Type.Integer()),
      oldest_queued_at: nullable(time("A time."), "When the queued job was due that has waited longest; null: none."),
    }),
    health: Type.Object({
      status: Type.Enum(["ok", "unavailable"], { type: "string" }),
      store: Type.Object({
        writable: Type.Boolean(),
        reason: nullable(Type.String(), "Why nothing can be stored; null: it can."),
        database_bytes: known(Type.Integer()),
        wal_bytes: known(Type.Integer()),
        disk_free_bytes: known(Type.Integer()),
      }),
      engine: Type.Object({ silent_ms: Type.Integer({ description: "How long ago it was last heard." }) }),
      threads: known(Type.Object({ alive: Type.Integer(), died: Type.Integer(), replaced: Type.Integer() })),
      reaper: known(
        Type.Object({
          last_run_at: nullable(time("A time."), "When expired jobs were last deleted; null: not yet."),
          pruned: Type.Integer({ description: "How many expired jobs it has deleted since the start." }),
        }),
      ),
      version: Type.String(),
      uptime_s: Type.Integer(),
      rss_bytes: Type.Integer(),
    }),
  },
  { description: "What the gateway did and does. It is kept in memory and begins with the process." },
)

export const liveSchemas = { VirtualKey: virtualKey, Me: me, Stats: stats }
