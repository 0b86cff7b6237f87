// Parts of the schemas of the API document.
import Type, { type TSchema } from "typebox"

export function ref(name: string) {
  return { $ref: `#/components/schemas/${name}` }
}

/** The description is that of the union, because Swagger UI does not show one within it. */
export const nullable = (schema: TSchema, description: string) => Type.Union([schema, Type.Null()], { description })

export const time = (description: string) => Type.String({ format: "date-time", description })
