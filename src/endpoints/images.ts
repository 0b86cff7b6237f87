// Images made from a prompt, from images and a prompt, or from one image. The result is stored as the provider sent it.
import Type, { type TSchema } from "typebox"
import { checker, isMissing, stream } from "./bodyschema.ts"
import { clientTypes } from "./clienttypes.ts"
import {
  type Description,
  file,
  formWith,
  noStream,
  noStreamField,
  notEmpty,
  requestWith,
  requireOne,
  resultWith,
  tokenCounts,
} from "./description.ts"
import { type Endpoint, listReader, type MemberText, type Submission, streamMember } from "./endpoint.ts"
import type { ParameterError } from "./parametertable.ts"
import { editStream, generationStream, joinEvents } from "./streams/mediastreams.ts"
import { countItems, known, readTokens } from "./usage.ts"

const read = listReader("data", "list of images", { join: joinEvents(generationStream) })
const usage = (result: MemberText) => known({ ...readTokens(result), images: countItems(result, "data") })

/** The required form. */
const generationRequired = Type.Object({
  prompt: Type.String({ description: "What to make an image of." }),
  stream: Type.Optional(stream),
})
const checkGeneration = checker(generationRequired, { prompt: "prompt cannot be empty" })

export const imageGenerations: Endpoint<"image_generation"> = {
  ...clientTypes.imageGenerations,
  summary: "image generation",
  reads: ["model", "prompt", "stream", "fallbacks", "service_tier"],
  dropped: [],
  check: ({ fields }) => checkGeneration(fields),
  asksForStream: streamMember,
  stream: generationStream,
  streamRefusal: "stream is not supported for async image generations",
  read,
  usage,
  isBilledPerCall: true,
  readImage,
  describe: describeGeneration,
}

/** A form has images in file parts. JSON has them as URLs or base64: a single one, a list, or objects. */
const jsonImages = Type.Union([Type.String(), Type.Array(Type.Unknown()), Type.Object({})], {
  description: "What to edit: an address or base64 text, an object with `image_url`, or a list of them.",
})
const editPrompt = Type.Optional(Type.String({ description: "What to make of it." }))
/** The required form of JSON, except that there must be an image. */
const editRequired = Type.Object({
  prompt: editPrompt,
  image: Type.Optional(jsonImages),
  images: Type.Optional(jsonImages),
  stream: Type.Optional(stream),
})
const checkEdit = {
  json: checker(editRequired, {}),
  multipart: checker(Type.Object({ prompt: editPrompt }), {}),
}

export const imageEdits: Endpoint<"image_edit"> = {
  ...clientTypes.imageEdits,
  summary: "image edit",
  // Without `image`, because a form may have several.
  reads: ["model", "prompt", "stream", "fallbacks", "service_tier"],
  dropped: [],
  check: (submission) => missingImage(submission) ?? checkEdit[submission.form](submission.fields),
  asksForStream: streamMember,
  stream: editStream,
  streamRefusal: "stream is not supported for async image edits",
  read,
  usage,
  isBilledPerCall: true,
  readImage,
  describe: describeEdit,
}

export const imageVariations: Endpoint<"image_variation"> = {
  ...clientTypes.imageVariations,
  summary: "image variation",
  reads: ["model", "fallbacks", "service_tier"],
  dropped: [],
  check: missingImage,
  asksForStream: () => null,
  streamRefusal: null,
  read,
  usage,
  isBilledPerCall: true,
  readImage,
  describe: describeVariation,
}

function missingImage({ form, fields, files }: Submission): ParameterError | null {
  const hasImage =
    form === "json"
      ? [fields["image"], fields["images"]].flat().some((image) => !isMissing(image))
      : files.some(({ name, bytes }) => (name === "image" || name === "image[]") && bytes > 0)
  return hasImage ? null : { message: "at least one image is required", param: "image" }
}

/** One image of the list: its bytes, from base64 or a data: URL, or the address at which the provider keeps it. */
function readImage(result: string, index: number): { bytes: Uint8Array; type: string } | { url: string } | null {
  const { data } = JSON.parse(result) as { data: ({ b64_json?: unknown; url?: unknown } | null)[] }
  const image = data[index]
  if (typeof image?.b64_json === "string") return imageFrom(image.b64_json)
  if (typeof image?.url !== "string") return null
  const inline = /^data:[^,]*;base64,/.exec(image.url)?.[0]
  if (inline !== undefined) return imageFrom(image.url.slice(inline.length))
  // Normalised as a browser would read it: without line breaks, and in ASCII.
  const url = URL.canParse(image.url) ? new URL(image.url) : null
  return url?.protocol === "https:" || url?.protocol === "http:" ? { url: url.href } : null
}

function imageFrom(base64: string): { bytes: Uint8Array; type: string } {
  const bytes = Buffer.from(base64, "base64")
  return { bytes, type: detectType(bytes) }
}

/** By the first bytes, because a result may repeat the requested format instead of the real one. */
function detectType(bytes: Buffer): string {
  const head = bytes.toString("latin1", 0, 12)
  if (head.startsWith("\x89PNG")) return "image/png"
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg"
  if (head.startsWith("GIF8")) return "image/gif"
  if (/^.{4}ftypavi[fs]/s.test(head)) return "image/avif"
  return head.startsWith("RIFF") && head.endsWith("WEBP") ? "image/webp" : "application/octet-stream"
}

/** Parameters of all three, for the document only: the provider checks them. */
function describeShared(): Record<string, TSchema> {
  return {
    n: Type.Integer({ description: "How many images to make." }),
    size: Type.String({ description: "Width x height, as 1024x1024, or auto." }),
    response_format: Type.String({ description: "url, b64_json; where the model can choose." }),
    user: Type.String({ description: "A stable id of the end user." }),
  }
}

/** Those of generations and edits. */
function describeMade(): Record<string, TSchema> {
  return {
    ...describeShared(),
    background: Type.String({ description: "transparent, opaque, auto." }),
    quality: Type.String({ description: "auto, low, medium, high, standard, hd; depends on the model." }),
    output_format: Type.String({ description: "png, jpeg, webp." }),
    output_compression: Type.Integer({ description: "0 to 100 percent, for jpeg and webp." }),
    partial_images: Type.Integer({ description: "For streams only." }),
  }
}

function describeResult(): Pick<Description, "resultSchema" | "exampleResult"> {
  const image = Type.Object({
    url: Type.Optional(Type.String({ description: "The address of the image at the provider, which expires." })),
    b64_json: Type.Optional(Type.String({ description: "The image itself, as base64." })),
    revised_prompt: Type.Optional(Type.String({ description: "The prompt as the model rewrote it." })),
  })
  return {
    resultSchema: resultWith(
      { data: Type.Array(image) },
      {
        created: Type.Integer({ description: "Seconds since 1970." }),
        background: Type.String(),
        output_format: Type.String(),
        quality: Type.String(),
        size: Type.String(),
        usage: tokenCounts("input_tokens", "output_tokens", "total_tokens"),
      },
    ),
    exampleResult: {
      created: 1_767_268_802,
      data: [{ b64_json: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ" }],
      output_format: "png",
      size: "1024x1024",
      usage: { input_tokens: 8, output_tokens: 4160, total_tokens: 4168 },
    },
  }
}

/** https://platform.openai.com/docs/api-reference/images/create */
function describeGeneration(): Description {
  const documented = {
    ...describeMade(),
    moderation: Type.String({ description: "auto, low." }),
    style: Type.String({ description: "vivid, natural." }),
    stream: noStream(),
  }
  return {
    requestSchema: requestWith(
      generationRequired,
      documented,
      "OpenAI's image generation request; unknown members pass through.",
    ),
    example: { model: "mock/image", prompt: "A lighthouse at dusk", size: "1024x1024" },
    ...describeResult(),
  }
}

/** The file parts of a form that an image can come in. */
function describeParts() {
  const one = notEmpty(file("An image."))
  const several = Type.Array(one, { minItems: 1, description: "Several images." })
  // A page that shows the document makes pickers of what comes first.
  return {
    image: Type.Union([one, several], { description: "The image: one file part, or several of this name." }),
    "image[]": Type.Union([several, one], { description: "The same under its other name." }),
  }
}

/** https://platform.openai.com/docs/api-reference/images/createEdit */
function describeEdit(): Description {
  const documented = {
    ...describeMade(),
    input_fidelity: Type.String({ description: "high, low: how closely to keep to the image." }),
  }
  const mask = "An image whose transparent parts show where to edit"
  // In JSON: a text, an object or a list, with something in it.
  const image = Type.Union([
    Type.String({ minLength: 1 }),
    Type.Object({}),
    Type.Unsafe<unknown[]>({ type: "array", items: {}, contains: { not: { enum: [null, "", []] } } }),
  ])
  return {
    requestSchema: requireOne(
      requestWith(
        editRequired,
        { ...documented, mask: Type.Unknown({ description: `${mask}, given as \`image\` is.` }), stream: noStream() },
        "OpenAI's image edit request; unknown members pass through.",
      ),
      [Type.Object({ image }), Type.Object({ images: image })],
    ),
    formSchema: formWith(
      describeParts(),
      {
        prompt: Type.String({ description: "What to change." }),
        ...documented,
        mask: file(`${mask}.`),
        stream: noStreamField(),
      },
      "OpenAI's image edit request; unknown fields pass through.",
    ),
    parts: {
      image: "image/png, image/jpeg, image/webp",
      "image[]": "image/png, image/jpeg, image/webp",
      mask: "image/png",
    },
    example: {
      model: "mock/image",
      image:
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
      prompt: "Make it night",
    },
    ...describeResult(),
  }
}

/** https://platform.openai.com/docs/api-reference/images/createVariation */
function describeVariation(): Description {
  return {
    requestSchema: formWith(
      describeParts(),
      describeShared(),
      "OpenAI's image variation request; unknown fields pass through.",
    ),
    parts: { image: "image/png", "image[]": "image/png" },
    example: { model: "mock/image", response_format: "b64_json" },
    ...describeResult(),
  }
}
