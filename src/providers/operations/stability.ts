// Stability's images, which are asked for in forms. Pure. https://platform.stability.ai/docs/api-reference (v2beta), by the copy of its OpenAPI:
// https://github.com/api-evangelist/stability-ai/tree/main/openapi (2026-08-22), and https://github.com/Stability-AI/ComfyUI-SAI_API
import { asList, asRecord, asWord } from "../../values.ts"
import type { OwnRefusal, RefusalReply } from "../refusalreader.ts"
import { keyHeader } from "./access.ts"
import type { Operation, Sent } from "./operation.ts"
import { given, picked } from "./operationparameters.ts"
import {
  findRatio,
  imageRules,
  loadPictures,
  moderated,
  noMask,
  oneImage,
  type Picture,
  ratioRules,
  toImages,
  toPictures,
} from "./picture.ts"

const access = keyHeader("authorization", "Bearer ", { readRefusal })

/** `{id, name, errors: ["…"]}` */
function readRefusal({ body }: RefusalReply): OwnRefusal {
  const { name, errors } = asRecord(body)
  const code = typeof name === "string" ? name : null
  const message = asList(errors)
    .filter((error) => typeof error === "string")
    .join("; ")
  return { refusal: { type: null, code, message, param: null } }
}

const ratios = ["16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"]
const own = ["negative_prompt", "seed", "style_preset", "output_format", "strength", "cfg_scale"]
/** The plugin's own default. An edit of OpenAI's does not say how much of the picture is kept. */
const STRENGTH = 0.7

const findService = (model: string) => /(ultra|core)$/.exec(model)?.[1] ?? "sd3"

export const stabilityImage: Operation = {
  access,
  // By default the image comes as bytes, which do not say whether it was withheld.
  accept: "application/json",
  parameters: {
    supported: ["prompt", "image", "image[]", "images", "aspect_ratio", ...own],
    rules: [
      ...imageRules,
      ...ratioRules(ratios),
      oneImage,
      noMask,
      ...["image", "image[]", "images"].map((param) => ({
        param,
        when: (_: unknown, __: unknown, model: string) => findService(model) === "core",
        says: "is not supported by this model: sd3.5-large and stable-image-ultra take one",
      })),
      ...["quality", "style", "output_compression", "input_fidelity"].map((param) => ({
        param,
        says: "has no counterpart and was not sent",
        verdict: "warned" as const,
      })),
    ],
  },
  async build(asked) {
    const { model, fields } = asked
    const [picture] = await loadPictures(asked)
    const service = findService(model)
    const texts = {
      prompt: fields["prompt"],
      ...(service === "sd3" ? { model, mode: picture ? "image-to-image" : "text-to-image" } : {}),
      // Of a picture that is edited the ratio is its own.
      ...(picture ? { strength: STRENGTH } : { aspect_ratio: fields["aspect_ratio"] ?? findRatio(fields, ratios) }),
      ...picked(fields, own),
    }
    return { path: `/v2beta/stable-image/generate/${service}`, ...(await composeForm(texts, picture)) }
  },
  parse([answer], [asked]) {
    const { image, finish_reason } = answer?.body ?? {}
    if (finish_reason === "CONTENT_FILTERED")
      return moderated(finish_reason, "the provider's moderation withheld the image")
    const images = toPictures([image])
    return images.length === 0 || asked === undefined ? { problem: "it has no image" } : toImages(images, asked)
  },
}

async function composeForm(
  texts: Record<string, unknown>,
  picture: Picture | undefined,
): Promise<Pick<Sent, "contentType" | "body">> {
  const form = new FormData()
  for (const [name, value] of Object.entries(given(texts))) if (value !== null) form.append(name, asWord(value))
  if (picture) form.append("image", new File([Buffer.from(picture.base64, "base64")], "image", { type: picture.type }))
  const response = new Response(form)
  const contentType = response.headers.get("content-type") ?? ""
  const bytes = await response.bytes()
  const pieces = (async function* () {
    yield bytes
  })()
  return { contentType, body: { bytes: bytes.length, pieces } }
}
