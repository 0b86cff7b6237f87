// What a type of an official SDK is on the wire.

/** Enumerations are their texts, and bytes are base64. */
export type Wire<T> = T extends string
  ? `${T}`
  : T extends number | boolean | null | undefined
    ? T
    : T extends Uint8Array
      ? string
      : T extends readonly (infer Item)[]
        ? Wire<Item>[]
        : T extends object
          ? { [Name in keyof T]: Wire<T[Name]> }
          : T

/** The same with names of underscores: `modelId` is `model_id`. */
export type Snaked<T> = T extends readonly (infer Item)[]
  ? Snaked<Item>[]
  : T extends string | Uint8Array | Blob
    ? T
    : T extends object
      ? { [Name in keyof T as Name extends string ? Snake<Name> : never]: Snaked<T[Name]> }
      : T

/** One name is another on the wire: https://github.com/mistralai/client-ts/blob/main/src/models/components/jsonschema.ts */
type Snake<Name extends string> = Name extends "schemaDefinition"
  ? "schema"
  : Name extends `${infer First}${infer Rest}`
    ? First extends Uppercase<First>
      ? First extends Lowercase<First>
        ? `${First}${Snake<Rest>}`
        : `_${Lowercase<First>}${Snake<Rest>}`
      : `${First}${Snake<Rest>}`
    : Name

/** All members may be absent, at every depth. */
export type Partly<T> = T extends readonly (infer Item)[]
  ? Partly<Item>[]
  : T extends Uint8Array
    ? T
    : T extends object
      ? { [Name in keyof T]?: Partly<T[Name]> }
      : T
