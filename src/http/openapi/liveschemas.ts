// The schemas of what the gateway says of itself while it runs: of the caller, of its queues and its providers.
import Type, { type TSchema } from "typebox"
import { priorities } from "../request/joboptions.ts"
import { shared } from "./healthschemas.ts"
import { owner } from "./jobschemas.ts"
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

const keyRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 255, description: "No other key has it." }),
    is_active: Type.Optional(Type.Boolean()),
    expires_at: Type.Optional(nullable(time("A time."), "Null: never.")),
    requests_per_minute: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: 100_000 }), "Null: no limit.")),
    max_concurrent_jobs: Type.Optional(nullable(Type.Integer({ minimum: 1 }), "Null: no limit.")),
    budgets: Type.Optional(
      nullable(Type.Object({ day: spend("day"), month: spend("month") }), "What it may use; null: no limit."),
    ),
  },
  {
    description:
      "A virtual key that is to be made. What may be used with it, `provider_configs`, config.json alone says.",
  },
)

const managedKey = {
  allOf: [
    ref("VirtualKey"),
    Type.Object({
      created_at: nullable(time("A time."), "Null: not known, for a key of config.json."),
      source: Type.Enum(["config.json", "virtual-keys.json"], { type: "string" }),
      is_read_only: Type.Boolean({ description: "It stands in config.json, and is changed there." }),
    }),
  ],
  description: "A virtual key as the admin sees it.",
}

const madeKey = {
  allOf: [
    ref("ManagedKey"),
    Type.Object({ value: Type.String({ description: "The key. This is the one time that it is shown." }) }),
  ],
  description: "A virtual key that has just been made.",
}

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
          pruned: Type.Integer({
            description:
              "How many jobs it has deleted since the start: expired ones, and stored responses where the database was too large.",
          }),
        }),
      ),
      ...shared,
      version: Type.String(),
      uptime_s: Type.Integer(),
      rss_bytes: Type.Integer(),
    }),
  },
  { description: "What the gateway did and does. It is kept in memory and begins with the process." },
)

const wait = Type.Object(
  {
    kind: Type.Enum(["quota", "key_slots", "provider_slots", "owner_cap", "retry", "no_key"], {
      type: "string",
      description:
        "`quota`: a 429 closed the quota of this key and model. `key_slots`, `provider_slots`, `owner_cap`: as many calls are in flight as the key, the provider or the virtual key may have. `retry`: the first job is due later. `no_key`: the configuration has no key for it.",
    }),
    reason: Type.String({ description: "The same in words." }),
    key_name: nullable(Type.String(), "The provider key that it is about."),
    until: nullable(
      time("A time."),
      "When it is over by itself; null: when a call ends, or the configuration changes.",
    ),
    room: nullable(Type.Integer(), "How many calls may go out now."),
    limit: nullable(Type.Integer(), "The limit that is reached, or that the provider reported."),
    in_flight: nullable(Type.Integer(), "How many calls are in flight under it."),
  },
  { description: "What holds a lane back." },
)

const lane = Type.Object(
  {
    provider: Type.String(),
    model: Type.String(),
    priority: Type.Enum([...priorities], { type: "string" }),
    owner: Type.Optional(owner),
    depth: count("Queued jobs."),
    oldest_at: nullable(time("A time."), "When the first of them is or was due."),
    next_at: nullable(time("A time."), "When one can start by itself; null: now, or when a call ends."),
    in_flight: count("Jobs of the lane with a call in flight, or with an upstream job."),
    place: Type.Enum(["ready", "later", "waiting", "empty"], {
      type: "string",
      description:
        "`ready`: its turn comes. `later`: no job is due yet. `waiting`: every limit in its way is reached. `empty`: nothing is queued, but calls are in flight.",
    }),
    waits_for: Type.Array(wait, { description: "All that holds it back; any one that gives way lets a job start." }),
  },
  { description: "The queued jobs that are alike in everything that decides when they run, except their age." },
)

const quota = Type.Object(
  {
    provider: Type.String(),
    key_name: nullable(Type.String(), "Null: calls have no key."),
    model: Type.String(),
    closed_until: nullable(time("A time."), "Until when a 429 has closed it, or had; null: never."),
    in_flight: count("Calls under it."),
    strikes: count("How many 429s came since the last success."),
    limit: nullable(Type.Integer(), "How many calls the provider allows in `window_ms`, as it reported."),
    window_ms: nullable(Type.Integer(), "The longest window that it reported."),
    spacing_ms: nullable(Type.Integer(), "The time between two calls, where they are spaced after a 429."),
    avoided_until: nullable(time("A time."), "Until when other keys are preferred, because this one was refused."),
  },
  { description: "A provider's rate limit for one key and model." },
)

const queues = Type.Object({
  object: Type.Literal("list"),
  data: Type.Array(lane, { description: "The longest first, at most 500." }),
  quotas: Type.Array(quota, {
    description: "Those that the lanes wait at; for the admin all that a call or a 429 has touched lately.",
  }),
  slots: Type.Object({
    in_flight: count("Calls in flight of all these lanes."),
    limit: nullable(Type.Integer(), "For a virtual key its `max_concurrent_jobs`; null: no limit for all together."),
  }),
  has_more: Type.Boolean({ description: "There are more lanes." }),
})

const change = Type.Object(
  {
    counts: Type.Optional(
      Type.Object(
        { queued: Type.Integer(), running: Type.Integer(), waiting: Type.Integer() },
        { description: "All unfinished jobs. For the operator only." },
      ),
    ),
    changed: Type.Array(
      Type.Object({
        id: Type.String({ format: "uuid" }),
        state: Type.Enum(["queued", "running", "waiting", "succeeded", "failed", "cancelled", "deleted"], {
          type: "string",
          description: "Its state now; the filter may not match it any more.",
        }),
        is_new: Type.Boolean({ description: "It was accepted since the event before." }),
      }),
      { description: "The jobs that match the filter, or did before they changed." },
    ),
    reload: Type.Optional(
      Type.Literal(true, { description: "More has changed than can be named: ask for what is shown again." }),
    ),
    revision: Type.Optional(
      Type.String({
        description:
          "In the first event. A list with another revision was read before the stream began: ask for it again.",
      }),
    ),
  },
  { description: "The data of an event." },
)

const standing = {
  last_error: nullable(
    Type.Object({
      at: time("When it came."),
      status: nullable(Type.Integer(), "The HTTP status; null: there was no answer."),
      reason: Type.String(),
    }),
    "The last call that did not succeed since the start; null: there was none.",
  ),
  last_success_at: nullable(time("A time."), "When a call succeeded last since the start; null: none has."),
}

const slots = (description: string) =>
  Type.Object(
    { limit: nullable(Type.Integer(), "Null: as many as the provider allows."), in_flight: count("Calls in flight.") },
    { description },
  )

const provider = Type.Object({
  name: Type.String(),
  base_url: Type.String({ description: "Its address, without a user, a password or a query." }),
  kind: Type.Enum(["built_in", "custom", "server", "mock"], {
    type: "string",
    description: "`server`: a model server of this machine or network.",
  }),
  access: nullable(Type.String(), "Where its key comes from, or why it needs none."),
  request_types: Type.Array(Type.String()),
  concurrency: slots("How many calls may be in flight."),
  keys: Type.Array(
    Type.Object({
      name: Type.String(),
      weight: Type.Number(),
      models: Type.Array(Type.String(), { description: "`*`: all." }),
      source: Type.String({ description: "`config.json`, or `environment` and the name of the variable." }),
      concurrency: slots("How many calls may be in flight with it."),
      closed_until: nullable(time("A time."), "Until when a 429 has closed it for one of its models."),
      ...standing,
    }),
    { description: "Never anything of their values." },
  ),
  ...standing,
})

const providers = Type.Object({ object: Type.Literal("list"), data: Type.Array(Type.Unsafe(ref("Provider"))) })

export const liveSchemas = {
  KeyRequest: keyRequest,
  KeyChange: Type.Partial(keyRequest, { description: "The members of a virtual key that change." }),
  ManagedKey: managedKey,
  MadeKey: madeKey,
  KeyList: Type.Object({ object: Type.Literal("list"), data: Type.Array(Type.Unsafe(ref("ManagedKey"))) }),
  Provider: provider,
  ProviderList: providers,
  JobChange: change,
  Queues: queues,
  VirtualKey: virtualKey,
  Me: me,
  Stats: stats,
}
