// The schemas of what the gateway says of itself while it runs: of the caller, of its queues and its providers.
import Type from "typebox"
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

export const liveSchemas = { VirtualKey: virtualKey, Me: me }
