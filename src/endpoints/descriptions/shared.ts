// What the descriptions of several endpoints are made of.
import Type, { type TObject, type TObjectOptions, type TProperties, type TSchema } from "typebox"

/** An object as the API document shows it: members that are always there, and others that may be. */
export function objectWith(always: TProperties, others: Record<string, TSchema>, options: TObjectOptions): TObject {
  return Type.Object({ ...always, ...Type.Partial(Type.Object(others)).properties }, options)
}

/** A result as the API document shows it: the members that `read` insists on, the usual others, and one example. */
export function resultWith(
  always: TProperties,
  others: Record<string, TSchema>,
  example: Record<string, unknown>,
): TObject {
  return objectWith(always, others, { description: "The provider's answer as it came.", examples: [example] })
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
export const sampling: Record<string, TSchema> = {
  temperature: Type.Number({ description: "Sampling temperature, usually 0 to 2." }),
  top_p: Type.Number({ description: "Nucleus sampling: the probability mass to sample from." }),
  stop: Type.Union([Type.String(), Type.Array(Type.String())], { description: "Where to stop." }),
  seed: Type.Integer({ description: "For repeatable sampling, as far as the provider can." }),
  frequency_penalty: Type.Number({ description: "-2 to 2." }),
  presence_penalty: Type.Number({ description: "-2 to 2." }),
  logit_bias: Type.Record(Type.String(), Type.Number(), { description: "Token id to bias." }),
  user: Type.String({ description: "A stable id of the end user." }),
}

/** What chat and text completions both have beside their choices. */
export const besideChoices: Record<string, TSchema> = {
  id: Type.String(),
  object: Type.String(),
  created: Type.Integer({ description: "Seconds since 1970." }),
  model: Type.String(),
  usage: tokenCounts("prompt_tokens", "completion_tokens", "total_tokens"),
}
