// The descriptions of images in the API document: made from a prompt, from images and a prompt, or from one image.
import Type, { type TSchema } from "typebox"
import { editRequired, generationRequired } from "../images.ts"
import type { Description } from "./description.ts"
import {
  file,
  formWith,
  noStream,
  noStreamField,
  notEmpty,
  requestWith,
  requireOne,
  resultWith,
  tokenCounts,
} from "./shared.ts"

/** What all three know. */
const shared: Record<string, TSchema> = {
  n: Type.Integer({ description: "How many images to make." }),
  size: Type.String({ description: "Width x height, as 1024x1024, or auto." }),
  response_format: Type.String({ description: "url, b64_json; where the model can choose." }),
  user: Type.String({ description: "A stable id of the end user." }),
}

/** What generations and edits know. */
const made: Record<string, TSchema> = {
  ...shared,
  background: Type.String({ description: "transparent, opaque, auto." }),
  quality: Type.String({ description: "auto, low, medium, high, standard, hd; depends on the model." }),
  output_format: Type.String({ description: "png, jpeg, webp." }),
  output_compression: Type.Integer({ description: "0 to 100 percent, for jpeg and webp." }),
  partial_images: Type.Integer({ description: "For streams only." }),
}

const resultSchema = resultWith(
  {
    data: Type.Array(
      Type.Object({
        url: Type.Optional(Type.String({ description: "The address of the image at the provider, which expires." })),
        b64_json: Type.Optional(Type.String({ description: "The image itself, as base64." })),
        revised_prompt: Type.Optional(Type.String({ description: "The prompt as the model rewrote it." })),
      }),
    ),
  },
  {
    created: Type.Integer({ description: "Seconds since 1970." }),
    background: Type.String(),
    output_format: Type.String(),
    quality: Type.String(),
    size: Type.String(),
    usage: tokenCounts("input_tokens", "output_tokens", "total_tokens"),
  },
  {
    created: 1_767_268_802,
    data: [{ b64_json: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ" }],
    output_format: "png",
    size: "1024x1024",
    usage: { input_tokens: 8, output_tokens: 4160, total_tokens: 4168 },
  },
)
export const imageGenerations: Description = {
  /** https://platform.openai.com/docs/api-reference/images/create */
  requestSchema: requestWith(
    generationRequired,
    {
      ...made,
      moderation: Type.String({ description: "auto, low." }),
      style: Type.String({ description: "vivid, natural." }),
      stream: noStream,
    },
    "OpenAI's image generation request; unknown members pass through.",
  ),
  resultSchema,
  example: { model: "mock/image", prompt: "A lighthouse at dusk", size: "1024x1024" },
}

/** What a form and JSON have in common, for the document only. */
const edited: Record<string, TSchema> = {
  ...made,
  input_fidelity: Type.String({ description: "high, low: how closely to keep to the image." }),
}

/** The file parts of a form that an image can come in. */
const oneImage = notEmpty(file("An image."))
const severalImages = Type.Array(oneImage, { minItems: 1, description: "Several images." })
/** A page that shows the document makes pickers of what comes first. */
const images = {
  image: Type.Union([oneImage, severalImages], { description: "The image: one file part, or several of this name." }),
  "image[]": Type.Union([severalImages, oneImage], { description: "The same under its other name." }),
}

/** In JSON: a text, an object or a list, with something in it. */
const jsonImage = Type.Union([
  Type.String({ minLength: 1 }),
  Type.Object({}),
  Type.Unsafe<unknown[]>({ type: "array", items: {}, contains: { not: { enum: [null, "", []] } } }),
])

export const imageEdits: Description = {
  /** https://platform.openai.com/docs/api-reference/images/createEdit */
  requestSchema: requireOne(
    requestWith(
      editRequired,
      {
        ...edited,
        mask: Type.Unknown({
          description: "An image whose transparent parts show where to edit, given as `image` is.",
        }),
        stream: noStream,
      },
      "OpenAI's image edit request; unknown members pass through.",
    ),
    [Type.Object({ image: jsonImage }), Type.Object({ images: jsonImage })],
  ),
  formSchema: formWith(
    images,
    {
      prompt: Type.String({ description: "What to change." }),
      ...edited,
      mask: file("An image whose transparent parts show where to edit."),
      stream: noStreamField,
    },
    "OpenAI's image edit request; unknown fields pass through.",
  ),
  parts: {
    image: "image/png, image/jpeg, image/webp",
    "image[]": "image/png, image/jpeg, image/webp",
    mask: "image/png",
  },
  resultSchema,
  example: {
    model: "mock/image",
    image:
      "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    prompt: "Make it night",
  },
}

export const imageVariations: Description = {
  /** https://platform.openai.com/docs/api-reference/images/createVariation */
  requestSchema: formWith(images, shared, "OpenAI's image variation request; unknown fields pass through."),
  parts: { image: "image/png", "image[]": "image/png" },
  resultSchema,
  example: { model: "mock/image", response_format: "b64_json" },
}
