// The description of OCR in the API document.
import Type, { type TSchema } from "typebox"
import { ocrRequired } from "../ocr.ts"
import type { Description } from "./description.ts"
import { requestWith, requireOne, resultWith } from "./shared.ts"

/** Mistral's parameters, for the document only, because the provider checks them. https://docs.mistral.ai/api/endpoint/ocr */
const documented: Record<string, TSchema> = {
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

const url = Type.String({ minLength: 1 })

/** A document whose type says where it is must have that address. */
const document = requireOne(ocrRequired.properties.document, [
  Type.Object({ type: Type.Literal("document_url"), document_url: url }),
  Type.Object({ type: Type.Literal("image_url"), image_url: Type.Union([url, Type.Object({})]) }),
  Type.Object({
    type: Type.Unsafe<string>({ type: "string", minLength: 1, not: { enum: ["document_url", "image_url"] } }),
  }),
])

const page = Type.Object({
  index: Type.Integer(),
  markdown: Type.String(),
  images: Type.Optional(Type.Array(Type.Object({}))),
  dimensions: Type.Optional(
    Type.Object({ dpi: Type.Integer(), height: Type.Integer(), width: Type.Integer() }, { description: "In pixels." }),
  ),
})

export const ocr: Description = {
  requestSchema: requestWith(
    Type.Object({ document }),
    documented,
    "Mistral's OCR request; unknown members pass through.",
  ),
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
    {
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
  ),
  example: {
    model: "mock/ocr",
    document: { type: "document_url", document_url: "https://example.com/invoice.pdf" },
  },
}
