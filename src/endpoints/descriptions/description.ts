// How the API document describes an endpoint. Apart from the endpoint itself, because it is loaded only with the document.
import type { TSchema } from "typebox"

export interface Description {
  /** What goes in, what comes out, and an example that works with the mock provider. */
  requestSchema: TSchema
  /** What goes into a form, where JSON is taken too and differs. */
  formSchema?: TSchema
  /** The file parts of a form, the usual one first, and the media types they are for. */
  parts?: Record<string, string>
  resultSchema: TSchema
  /** A JSON body; of an endpoint that takes forms only, the text fields. */
  example: Record<string, unknown>
}
