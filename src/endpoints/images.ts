// Images: made from a prompt, from images and a prompt, or from one image alone. What comes back is kept as the provider gave it.
import Type, { type TSchema } from "typebox"
import { type Endpoint, listReader, type MemberText, type Problem, type Submission, streamMember } from "./endpoint.ts"
import { checker, file, isMissing, objectWith, resultWith, stream, tokenCounts } from "./schema.ts"
import { itemsAt, known, tokensOf } from "./usage.ts"

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
  quality: Type.String({ description: "auto, low, medium, high, standard, hd; as the model has it." }),
  output_format: Type.String({ description: "png, jpeg, webp." }),
  output_compression: Type.Integer({ description: "0 to 100 percent, for jpeg and webp." }),
  partial_images: Type.Integer({ description: "Belongs to a stream." }),
}

const resultSchema = resultWith(
  {
    data: Type.Array(
      Type.Object({
        url: Type.Optional(Type.String({ description: "Where the provider keeps it, for as long as it does." })),
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
const read = listReader("data", "list of images")
const usage = (result: MemberText) => known({ ...tokensOf(result), images: itemsAt(result, "data") })

/** What must hold. */
const generationRequired = Type.Object({
  prompt: Type.String({ description: "What to make an image of." }),
  stream: Type.Optional(stream),
})
const checkGeneration = checker(generationRequired, { prompt: "prompt cannot be empty" })

export const imageGenerations: Endpoint = {
  requestType: "image_generation",
  path: "/v1/async/images/generations",
  summary: "image generation",
  forms: ["json"],
  reads: ["model", "prompt", "stream", "fallbacks", "service_tier"],
  check: ({ fields }) => checkGeneration(fields),
  asksForStream: streamMember,
  streamRefusal: "stream is not supported for async image generations",
  read,
  usage,
  isBilledPerCall: true,
  /** https://platform.openai.com/docs/api-reference/images/create */
  requestSchema: objectWith(
    generationRequired.properties,
    {
      ...made,
      moderation: Type.String({ description: "auto, low." }),
      style: Type.String({ description: "vivid, natural." }),
    },
    { description: "OpenAI's image generation request; unknown members pass through." },
  ),
  imageAt,
  resultSchema,
  example: { model: "mock/image", prompt: "A lighthouse at dusk", size: "1024x1024" },
}

/** A form has its images in file parts; JSON has them as URLs or base64, alone, in a list, or in objects. */
const jsonImages = Type.Union([Type.String(), Type.Array(Type.Unknown()), Type.Object({})])
const checkEdit = checker(
  Type.Object({
    prompt: Type.Optional(Type.String()),
    image: Type.Optional(jsonImages),
    images: Type.Optional(jsonImages),
  }),
  {},
)

/** What a form and JSON have in common, for the document only. */
const edited: Record<string, TSchema> = {
  ...made,
  prompt: Type.String({ description: "What to make of it." }),
  input_fidelity: Type.String({ description: "high, low: how closely to keep to the image." }),
  stream,
}

export const imageEdits: Endpoint = {
  requestType: "image_edit",
  path: "/v1/async/images/edits",
  summary: "image edit",
  forms: ["multipart", "json"],
  // Not `image`: a form may well have several.
  reads: ["model", "prompt", "stream", "fallbacks", "service_tier"],
  check: (submission) => missingImage(submission) ?? checkEdit(submission.fields),
  asksForStream: streamMember,
  streamRefusal: "stream is not supported for async image edits",
  read,
  usage,
  isBilledPerCall: true,
  /** https://platform.openai.com/docs/api-reference/images/createEdit */
  requestSchema: objectWith(
    {},
    {
      ...edited,
      image: Type.Union([Type.String(), Type.Array(Type.Unknown()), Type.Object({})], {
        description: "What to edit: an address or base64 text, a list of them, or objects with image_url.",
      }),
      images: Type.Array(Type.Unknown(), { description: "The same, by the other name it goes by." }),
      mask: Type.Unknown({ description: "An image whose transparent parts show where to edit, as `image` is given." }),
    },
    { description: "OpenAI's image edit request; unknown members pass through." },
  ),
  formSchema: objectWith(
    {},
    {
      ...edited,
      image: Type.Union([file("The image."), Type.Array(file("One of the images."))], {
        description: "What to edit: one file part, or several of this name.",
      }),
      "image[]": Type.Array(file("One of the images."), { description: "The same, by the other name it goes by." }),
      mask: file("An image whose transparent parts show where to edit."),
    },
    { description: "OpenAI's image edit request; unknown fields pass through." },
  ),
  parts: {
    image: "image/png, image/jpeg, image/webp",
    "image[]": "image/png, image/jpeg, image/webp",
    mask: "image/png",
  },
  imageAt,
  resultSchema,
  example: {
    model: "mock/image",
    image:
      "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    prompt: "Make it night",
  },
}

export const imageVariations: Endpoint = {
  requestType: "image_variation",
  path: "/v1/async/images/variations",
  summary: "image variation",
  forms: ["multipart"],
  reads: ["model", "fallbacks", "service_tier"],
  check: missingImage,
  asksForStream: () => null,
  streamRefusal: null,
  read,
  usage,
  isBilledPerCall: true,
  /** https://platform.openai.com/docs/api-reference/images/createVariation */
  requestSchema: objectWith({ image: file("The image to vary.") }, shared, {
    description: "OpenAI's image variation request; unknown fields pass through.",
  }),
  parts: { image: "image/png" },
  imageAt,
  resultSchema,
  example: { model: "mock/image", response_format: "b64_json" },
}

function missingImage({ form, fields, files }: Submission): Problem | null {
  const hasImage =
    form === "json"
      ? [fields["image"], fields["images"]].flat().some((image) => !isMissing(image))
      : files.some(({ name, bytes }) => (name === "image" || name === "image[]") && bytes > 0)
  return hasImage ? null : { message: "at least one image is required", param: "image" }
}

/** An image of the list, from its base64 or its data: URL; one that the provider keeps, as its address. */
function imageAt(result: string, index: number): { bytes: Uint8Array; type: string } | { url: string } | null {
  const { data } = JSON.parse(result) as { data: { b64_json?: unknown; url?: unknown }[] }
  const image = data[index]
  if (typeof image?.b64_json === "string") return imageFrom(image.b64_json)
  if (typeof image?.url !== "string") return null
  const inline = /^data:[^,]*;base64,/.exec(image.url)?.[0]
  if (inline !== undefined) return imageFrom(image.url.slice(inline.length))
  return /^https?:\/\//i.test(image.url) ? { url: image.url } : null
}

function imageFrom(base64: string): { bytes: Uint8Array; type: string } {
  const bytes = Buffer.from(base64, "base64")
  return { bytes, type: typeOf(bytes) }
}

/** By their first bytes: what a result says of its format may be what was asked for, not what came. */
function typeOf(bytes: Buffer): string {
  const head = bytes.toString("latin1", 0, 12)
  if (head.startsWith("\x89PNG")) return "image/png"
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg"
  if (head.startsWith("GIF8")) return "image/gif"
  return head.startsWith("RIFF") && head.endsWith("WEBP") ? "image/webp" : "application/octet-stream"
}
