// Together's images, whose size is two numbers. Pure.
// https://docs.together.ai/reference/post-images-generations, https://github.com/togethercomputer/together-typescript/blob/main/src/resources/images.ts

import { toNumber } from "../../exactjson.ts"
import { asRecords } from "../../values.ts"
import { bearer } from "./access.ts"
import type { Operation } from "./operation.ts"
import { given, isNot, picked } from "./operationparameters.ts"
import { parseSides } from "./picture.ts"

const own = [
  ...["width", "height", "steps", "seed", "negative_prompt", "guidance_scale", "disable_safety_checker"],
  ...["image_url", "reference_images", "image_loras"],
]
/** OpenAI's word -> Together's */
const formats: Readonly<Record<string, string>> = { b64_json: "base64", url: "url" }

export const togetherImage: Operation = {
  access: bearer,
  parameters: {
    supported: ["prompt", "n", ...own],
    rules: [
      {
        param: "size",
        when: (size, fields) => size !== "auto" && parseSides(fields) === null,
        says: "must be auto or WIDTHxHEIGHT, as 1024x768",
      },
      { param: "response_format", when: isNot("b64_json", "url"), says: "must be b64_json or url" },
      { param: "output_format", when: isNot("png", "jpeg"), says: "must be png or jpeg: this provider makes no other" },
      {
        param: "background",
        when: isNot("auto", "opaque"),
        says: "is not supported: this provider's images are opaque",
      },
      { param: "quality", when: isNot("auto"), says: "is not supported: more steps give more of it; leave it out" },
      { param: "style", says: "is not supported: say it in the prompt" },
    ],
  },
  build: ({ model, fields }) => ({
    path: "/images/generations",
    body: given({
      model,
      prompt: fields["prompt"],
      n: fields["n"] === undefined ? undefined : toNumber(fields["n"]),
      ...parseSides(fields),
      response_format: formats[String(fields["response_format"])],
      output_format: fields["output_format"],
      ...picked(fields, own),
    }),
  }),
  parse([answer], [asked]) {
    const data = asRecords(answer?.body["data"]).map((image) => picked(image, ["url", "b64_json"]))
    if (data.length === 0 || !data.every(({ url, b64_json }) => typeof (url ?? b64_json) === "string"))
      return { problem: "it has no images" }
    return { result: { created: asked?.created, data } }
  },
}
