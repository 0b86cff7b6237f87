// What config.json may say of a database on a server, in the form of schema.ts.
import Type, { type Static } from "typebox"

export const databaseSchema = Type.Partial(
  Type.Object({
    url: Type.String({
      description: '"env.NAME" of a variable with an address, as postgres://user:password@host/name',
    }),
    advertised_url: Type.String({
      description: "where other gateways of the database reach this one, as http://10.0.0.7:8080",
    }),
  }),
)

/** `off`: why there is no address: the variable that should have it is not set. */
export type DatabaseConfig = Static<typeof databaseSchema> & { off?: string }
