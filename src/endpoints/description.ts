// How the API document describes a request type: a type, and what the descriptions have in common. Nothing here is built before a
// description is asked for.
import Type, { type TObject, type TObjectOptions, type TProperties, type TSchema } from "typebox"

export interface Description {
  requestSchema: TSchema
  /** What goes into a form, where JSON is taken too and differs. */
  formSchema?: TSchema
  /** The file parts of a form, the usual one first, and the media types they are for. */
  parts?: Record<string, string>
  /** A JSON body that works with the mock provider; of an endpoint that takes forms only, the text fields. */
  example: Record<string, unknown>
  resultSchema: TObject
  exampleResult: Record<string, unknown>
}

/** An object as the API document shows it: members that are always there, and others that may be. */
function objectWith(always: TProperties, others: Record<string, TSchema>, options: TObjectOptions): TObject {
  return Type.Object({ ...always, ...Type.Partial(Type.Object(others)).properties }, options)
}

/**
 * A JSON request: the members that its endpoint checks, of which a required one must not be empty, and those that only the
 * provider reads. An optional member may be null, which is as good as absent.
 */
export function requestWith(checked: TObject, passed: Record<string, TSchema>, description: string): TObject {
  const required = checked.required ?? []
  const members = Object.entries(checked.properties).map(([name, schema]): [string, TSchema] =>
    required.includes(name) ? [name, notEmpty(schema)] : [name, Type.Optional(orNull(schema))],
  )
  const others = Object.entries(passed).map(([name, schema]): [string, TSchema] => [name, orNull(schema)])
  return objectWith(Object.fromEntries(members), Object.fromEntries(others), { description })
}

/**
 * A form: its file parts, of which one is enough, and its text fields. A page that shows the document makes a picker of a
 * part that is a file, or a list of files, and of nothing else.
 */
export function formWith(parts: TProperties, fields: Record<string, TSchema>, description: string): TSchema {
  const form = objectWith({}, { ...parts, ...fields }, { description })
  const [name = "", ...others] = Object.keys(parts)
  if (others.length === 0) return { ...form, required: [name] }
  return requireOne(
    form,
    Object.entries(parts).map(([part, schema]) => Type.Object({ [part]: schema })),
  )
}

/**
 * An object that is also of one of several forms. They stand apart from it: types that are made of `properties` and `anyOf`
 * in one say that either will do.
 */
export function requireOne(schema: TSchema, forms: TSchema[]): TSchema {
  return { ...schema, allOf: [{ anyOf: forms }] }
}

/** Excludes empty texts and lists, which the endpoints treat as missing. */
export function notEmpty(schema: TSchema): TSchema {
  const { anyOf, type } = schema as { anyOf?: TSchema[]; type?: string }
  if (anyOf) return { ...schema, anyOf: anyOf.map(notEmpty) }
  if (type === "string") return { ...schema, minLength: 1 }
  return type === "array" ? { ...schema, minItems: 1 } : schema
}

function orNull(schema: TSchema): TSchema {
  const { anyOf, type } = schema as { anyOf?: TSchema[]; type?: string }
  if (anyOf?.some((form) => "type" in form && form["type"] === "null")) return schema
  if (anyOf) return { ...schema, anyOf: [...anyOf, Type.Null()] }
  return type === undefined ? schema : { ...schema, type: [type, "null"] }
}

/** The member `stream`: the endpoints refuse `true` with a message of their own, after the check of required members. */
export function noStream(): TSchema {
  return Type.Union([Type.Literal(false), Type.Null()], { description: "Streaming is not supported for async jobs." })
}

/** The same as a field of a form. */
export function noStreamField(): TSchema {
  return Type.Literal(false, { description: "Streaming is not supported for async jobs." })
}

/** A result as the API document shows it: the members that `read` insists on, and the usual others. */
export function resultWith(always: TProperties, others: Record<string, TSchema>): TObject {
  return objectWith(always, others, { description: "The provider's response, unchanged." })
}

/** The token counts of an answer. */
export function tokenCounts(...names: string[]): TObject {
  return Type.Partial(Type.Object(Object.fromEntries(names.map((name) => [name, Type.Integer()]))))
}

/** The bytes of a file, as a part of a form. */
export function file(description: string): TSchema {
  return Type.Unsafe<string>({ type: "string", format: "binary", description })
}

/** What chat and text completions both know of sampling, for the document only. */
export function sampling(): Record<string, TSchema> {
  return {
    temperature: Type.Number({ description: "Sampling temperature, usually 0 to 2." }),
    top_p: Type.Number({ description: "Nucleus sampling: the probability mass to sample from." }),
    stop: Type.Union([Type.String(), Type.Array(Type.String())], { description: "Where to stop." }),
    seed: Type.Integer({ description: "For repeatable sampling, as far as the provider can." }),
    frequency_penalty: Type.Number({ description: "-2 to 2." }),
    presence_penalty: Type.Number({ description: "-2 to 2." }),
    logit_bias: Type.Record(Type.String(), Type.Number(), { description: "Token id to bias." }),
    user: Type.String({ description: "A stable id of the end user." }),
  }
}

/** What chat and text completions both have beside their choices. */
export function besideChoices(): Record<string, TSchema> {
  return {
    id: Type.String(),
    object: Type.String(),
    created: Type.Integer({ description: "Seconds since 1970." }),
    model: Type.String(),
    usage: tokenCounts("prompt_tokens", "completion_tokens", "total_tokens"),
  }
}
