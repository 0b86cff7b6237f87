// The schemas of what the gateway says of its health, and of those that share its database.
import Type from "typebox"
import { nullable, ref } from "./schemaparts.ts"

const role = Type.Enum(["running", "waiting"], {
  type: "string",
  description:
    "`running`: it runs the jobs. `waiting`: it passes requests on to the one that does, and takes over from it.",
})

const gateway = Type.Object(
  {
    address: Type.String({ description: "Where the others reach it." }),
    version: Type.String(),
    role,
    silent_ms: Type.Integer({ minimum: 0, description: "How long ago it was last heard of." }),
    lease_left_ms: nullable(
      Type.Integer({ minimum: 0 }),
      "How much longer it may be silent before another takes over; null: it does not run the jobs.",
    ),
  },
  { description: "A gateway that was heard of within a minute." },
)

const standby = Type.Object(
  {
    name: Type.String({ description: "What its connection calls itself." }),
    is_synchronous: Type.Boolean({ description: "Commits wait for it." }),
    behind_bytes: Type.Integer({
      minimum: 0,
      description: "The part of the server's log that is not on its disk yet: a failover to it would lose that.",
    }),
  },
  { description: "A standby of the database that is connected to it." },
)

export const shared = {
  gateways: nullable(
    Type.Array(Type.Unsafe(ref("DatabaseGateway")), { description: "The one that runs the jobs first." }),
    "The gateways of the database; null: no others can use it, or it cannot be read.",
  ),
  standbys: nullable(
    Type.Array(Type.Unsafe(ref("DatabaseStandby"))),
    "Null: the database can have none, cannot be read, or does not show them to the gateway's user.",
  ),
}

/** For the operator, where the database can be shared. */
const details = {
  role: Type.Optional(role),
  gateways: Type.Optional(shared.gateways),
  standbys: Type.Optional(shared.standbys),
}

const health = Type.Union([
  Type.Object({ status: Type.Literal("ok"), ...details }),
  Type.Object({
    status: Type.Literal("unavailable"),
    reason: Type.String({ description: "Why." }),
    ...details,
  }),
])

export const healthSchemas = { Health: health, DatabaseGateway: gateway, DatabaseStandby: standby }
