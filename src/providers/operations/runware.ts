// Runware's images: a task in a list, and its results in another. Pure. https://runware.ai/docs/image-inference/introduction,
// https://runware.ai/docs/platform/errors (read 2026-12-01), https://github.com/Runware/runware-typescript
import { toNumber } from "../../exactjson.ts"
import { asRecord, asRecords } from "../../values.ts"
import type { OwnRefusal, RefusalReply } from "../refusalreader.ts"
import { keyHeader } from "./access.ts"
import type { Asked, Fields, Operation } from "./operation.ts"
import { given, isNot, picked } from "./operationparameters.ts"
import { imageRules, loadPictures, parseSides } from "./picture.ts"

const access = keyHeader("authorization", "Bearer ", { readRefusal })

/** `{errors: [{code, message, parameter}]}` */
function readRefusal({ body }: RefusalReply): OwnRefusal {
  return { refusal: readError(asRecords(asRecord(body)["errors"])[0] ?? {}) }
}

function readError({ code, message, parameter }: Fields) {
  const words = (value: unknown) => (typeof value === "string" ? value : null)
  return { type: null, code: words(code), message: words(message) ?? "", param: words(parameter) }
}

/** OpenAI's response formats and media types -> Runware's. */
const outputTypes: Readonly<Record<string, string>> = { url: "URL", b64_json: "base64Data" }
const outputFormats: Readonly<Record<string, string>> = { png: "PNG", jpeg: "JPG", webp: "WEBP" }
/** What some of its models know: https://runware.ai/docs/models. */
const own = [
  ...["negativePrompt", "steps", "scheduler", "seed", "CFGScale", "clipSkip", "strength", "promptWeighting", "vae"],
  ...["lora", "controlNet", "embeddings", "ipAdapters", "refiner", "outpaint", "acceleratorOptions", "settings"],
  ...["advancedFeatures", "providerSettings", "resolution", "inputs", "seedImage", "referenceImages", "maskMargin"],
  ...["maskImage", "safety", "checkNSFW", "outputQuality", "ttl", "includeCost"],
]

export const runwareImage: Operation = {
  access,
  parameters: {
    supported: ["prompt", "n", "image", "image[]", "images", ...own],
    rules: [
      ...imageRules.filter(({ param }) => param !== "response_format"),
      { param: "response_format", when: isNot(...Object.keys(outputTypes)), says: "must be url or b64_json" },
      {
        param: "mask",
        says: "is not supported: this provider's masks are white where it paints; send seedImage and maskImage",
      },
      { param: "output_format", when: isNot(...Object.keys(outputFormats)), says: "must be png, jpeg or webp" },
      {
        param: "size",
        when: (size, fields) => size !== "auto" && parseSides({ ...fields, size }) === null,
        says: "must be WIDTHxHEIGHT, as 1024x1024, or auto",
      },
      ...["quality", "style", "output_compression", "input_fidelity"].map((param) => ({
        param,
        says: "has no counterpart and was not sent",
        verdict: "warned" as const,
      })),
    ],
  },
  async build(asked) {
    const { model, fields, attemptId } = asked
    const task = given({
      taskType: "imageInference",
      taskUUID: attemptId,
      model,
      positivePrompt: fields["prompt"],
      ...parseSides(fields),
      numberResults: fields["n"] === undefined ? undefined : toNumber(fields["n"]),
      outputType: outputTypes[String(fields["response_format"])],
      outputFormat: outputFormats[String(fields["output_format"])],
      ...(await namePictures(asked)),
      ...picked(fields, own),
    })
    return { path: "", body: [task] }
  },
  parse([answer], [asked]) {
    const { data, errors } = answer?.body ?? {}
    const images = asRecords(data).flatMap(({ imageURL: url, imageBase64Data: b64_json, seed }) =>
      typeof (url ?? b64_json) === "string" ? [given({ url, b64_json, seed })] : [],
    )
    if (images.length > 0) return { result: { created: asked?.created, data: images } }
    const [error] = asRecords(errors)
    if (error === undefined) return { problem: "it has no image" }
    const refusal = readError(error)
    return { status: refusal.param === null && !/content|nsfw/i.test(refusal.code ?? "") ? 502 : 400, refusal }
  },
}

async function namePictures(asked: Asked): Promise<Fields> {
  const pictures = await loadPictures(asked)
  const referenceImages = pictures.map(({ base64, type }) => `data:${type};base64,${base64}`)
  return pictures.length === 0 ? {} : { referenceImages }
}
