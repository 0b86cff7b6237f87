// OCR turns a document or an image into pages of Markdown, in the form of Mistral's API.

import Type from "typebox"
import { asRecord, isRecord } from "../values.ts"
import { checker, isMissing } from "./bodyschema.ts"
import { type Endpoint, listReader } from "./endpoint.ts"
import type { ParameterError } from "./parametertable.ts"
import { countItems, firstCount, known, readValue } from "./usage.ts"

/** The required form, except for the address that a document of its type needs. */
export const ocrRequired = Type.Object({
  document: Type.Object(
    {
      type: Type.String({ description: "document_url, image_url, file." }),
      document_url: Type.Optional(
        Type.Union([Type.String(), Type.Null()], {
          description: "Where the document is, or the document as a data URL.",
        }),
      ),
      image_url: Type.Optional(
        Type.Union([Type.String(), Type.Object({}), Type.Null()], {
          description: "Where the image is, or the image as a data URL; an object with `url` too.",
        }),
      ),
    },
    { description: "What to read; further members (document_name, file_id, …) pass through." },
  ),
})
const check = checker(ocrRequired, {})

export const ocr: Endpoint = {
  requestType: "ocr",
  path: "/ocr",
  summary: "OCR",
  forms: ["json"],
  reads: ["model", "document", "fallbacks", "service_tier"],
  dropped: [],
  check: ({ fields }) => missingMember(fields["document"]) ?? check(fields),
  asksForStream: () => null,
  streamRefusal: null,
  read: listReader("pages", "OCR result"),
  usage: (result) => {
    const { pages_processed } = asRecord(readValue(result, "usage_info"))
    return known({ pages: firstCount(pages_processed) ?? countItems(result, "pages") })
  },
  isBilledPerCall: true,
}

function missingMember(document: unknown): ParameterError | null {
  const given = isMissing(document) ? {} : document
  if (!isRecord(given)) return null
  const { type } = given
  if (isMissing(type)) return { message: "document type is required for ocr", param: "document.type" }
  if ((type === "document_url" || type === "image_url") && isMissing(given[type])) {
    return { message: `${type} is required when document type is ${type}`, param: `document.${type}` }
  }
  return null
}
