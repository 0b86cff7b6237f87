// OCR turns a document or an image into pages of Markdown, in the form of Mistral's API.

import Type, { type TSchema } from "typebox"
import { asRecord, isRecord } from "../values.ts"
import { checker, isMissing } from "./bodyschema.ts"
import { clientTypes } from "./clienttypes.ts"
import { type Description, requestWith, requireOne, resultWith } from "./description.ts"
import { type Endpoint, listReader } from "./endpoint.ts"
import type { ParameterError } from "./parametertable.ts"
import { countItems, firstCount, known, readValue } from "./usage.ts"

/** The required form, except for the address that a document of its type needs. */
const required = Type.Object({
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
const check = checker(required, {})

export const ocr: Endpoint<"ocr"> = {
  ...clientTypes.ocr,
  summary: "OCR",
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
  describe,
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

/** Mistral's parameters are for the document only: the provider checks them. https://docs.mistral.ai/api/endpoint/ocr */
function describe(): Description {
  const documented = {
    id: Type.String({ description: "An id of the caller's own." }),
    pages: Type.Unknown({ description: "Which pages, counted from 0: a list, or a text as 0-3,7." }),
    include_image_base64: Type.Boolean({ description: "Whether to return the images that were found." }),
    image_limit: Type.Integer({ description: "The maximum number of images." }),
    image_min_size: Type.Integer({ description: "Smaller images are left out." }),
    bbox_annotation_format: Type.Object({}, { description: "The JSON schema of the annotation of each image." }),
    document_annotation_format: Type.Object({}, { description: "The JSON schema of the annotation of the document." }),
    document_annotation_prompt: Type.String({ description: "The prompt for that annotation." }),
    table_format: Type.String({ description: "markdown, html." }),
    extract_header: Type.Boolean({ description: "Whether to return headers separately." }),
    extract_footer: Type.Boolean({ description: "Whether to return footers separately." }),
  }
  const page = Type.Object({
    index: Type.Integer(),
    markdown: Type.String(),
    images: Type.Optional(Type.Array(Type.Object({}))),
    dimensions: Type.Optional(
      Type.Object(
        { dpi: Type.Integer(), height: Type.Integer(), width: Type.Integer() },
        { description: "In pixels." },
      ),
    ),
  })
  return {
    requestSchema: requestWith(
      Type.Object({ document: describeDocument() }),
      documented,
      "Mistral's OCR request; unknown members pass through.",
    ),
    example: {
      model: "mock/ocr",
      document: { type: "document_url", document_url: "https://example.com/invoice.pdf" },
    },
    resultSchema: resultWith(
      { pages: Type.Array(page) },
      {
        model: Type.String(),
        document_annotation: Type.Unknown(),
        usage_info: Type.Object({
          pages_processed: Type.Integer(),
          doc_size_bytes: Type.Optional(Type.Unknown()),
        }),
      },
    ),
    exampleResult: {
      pages: [
        {
          index: 0,
          markdown: "# Invoice 42\n\nTotal: 12.50 EUR",
          images: [],
          dimensions: { dpi: 200, height: 2339, width: 1654 },
        },
      ],
      model: "ocr",
      usage_info: { pages_processed: 1, doc_size_bytes: 48_213 },
    },
  }
}

/** A document whose type says where it is must have that address. */
function describeDocument(): TSchema {
  const url = Type.String({ minLength: 1 })
  return requireOne(required.properties.document, [
    Type.Object({ type: Type.Literal("document_url"), document_url: url }),
    Type.Object({ type: Type.Literal("image_url"), image_url: Type.Union([url, Type.Object({})]) }),
    Type.Object({
      type: Type.Unsafe<string>({ type: "string", minLength: 1, not: { enum: ["document_url", "image_url"] } }),
    }),
  ])
}
