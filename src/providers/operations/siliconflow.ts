// SiliconFlow's images, which differ from OpenAI's in a few names. Pure. https://docs.siliconflow.com/en/api-reference/images/images-generations

import { toNumber } from "../../exactjson.ts"
import { asList, asRecord } from "../../values.ts"
import { bearer } from "./access.ts"
import type { Operation } from "./operation.ts"
import { isNot, picked } from "./operationparameters.ts"
import { imageRules, loadPictures, noMask } from "./picture.ts"

const own = [
  "negative_prompt",
  "seed",
  "num_inference_steps",
  "guidance_scale",
  "cfg",
  "prompt_enhancement",
  "image_size",
]

export const siliconflowImage: Operation = {
  access: bearer,
  parameters: {
    supported: ["prompt", "size", "n", "image", "image[]", "images", ...own],
    rules: [
      ...imageRules.filter(({ param }) => param !== "response_format"),
      { param: "response_format", when: isNot("url"), says: "must be url: this provider keeps its images for an hour" },
      noMask,
    ],
  },
  async build(asked) {
    const { model, fields } = asked
    const pictures = await loadPictures(asked)
    // The second and the third image have other names.
    const images = pictures.map(({ base64, type }, at) => [
      `image${at === 0 ? "" : at + 1}`,
      `data:${type};base64,${base64}`,
    ])
    return {
      path: "/images/generations",
      body: {
        model,
        ...picked(fields, ["prompt"]),
        ...Object.fromEntries(images),
        image_size: fields["size"] === "auto" ? undefined : fields["size"],
        batch_size: fields["n"] === undefined ? undefined : toNumber(fields["n"]),
        ...picked(fields, own),
      },
    }
  },
  parse([answer], [asked]) {
    const data = asList(answer?.body["images"]).map((image) => picked(asRecord(image), ["url"]))
    if (data.length === 0 || !data.every(({ url }) => typeof url === "string")) return { problem: "it has no images" }
    return { result: { created: asked?.created, data } }
  },
}
