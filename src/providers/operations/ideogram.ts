// Ideogram's images: one address for each model. Pure. https://developer.ideogram.ai/api-reference/images/generate,
// https://developer.ideogram.ai/ideogram-api/quickstart, https://developer.ideogram.ai/ideogram-api/errors (v2; read 2026-12-01)
import { toNumber } from "../../exactjson.ts"
import { asRecord, asRecords, asWord } from "../../values.ts"
import type { OwnRefusal, RefusalReply } from "../refusalreader.ts"
import { keyHeader } from "./access.ts"
import type { Operation } from "./operation.ts"
import { given, isNot, picked } from "./operationparameters.ts"
import { imageRules, moderated } from "./picture.ts"

const access = keyHeader("api-key", "", { readRefusal })

/** `{error: "…", reject_reason: "inflight_limit"}`. https://developer.ideogram.ai/ideogram-api/rate-limits */
function readRefusal({ body }: RefusalReply): OwnRefusal {
  const { error, reject_reason: code } = asRecord(body)
  const message = typeof error === "string" ? error : ""
  return { refusal: { type: null, code: typeof code === "string" ? code : null, message, param: null } }
}

/** What its models take besides; which of them takes what is not checked. */
const own = ["seed", "aspect_ratio", "resolution", "rendering_speed"]
const IMAGES_MAX = 8

export const ideogramImage: Operation = {
  access,
  parameters: {
    supported: ["prompt", "n", "quality", ...own],
    rules: [
      ...imageRules.filter(({ param }) => param !== "response_format"),
      { param: "response_format", when: isNot("url"), says: "must be url: this provider keeps its images for a day" },
      { param: "n", when: (n) => Number(asWord(n)) > IMAGES_MAX, says: `must be ${IMAGES_MAX} at most` },
      {
        param: "size",
        when: isNot("auto"),
        says: "is not supported: send aspect_ratio or resolution, as the page of this model has it",
      },
      ...["image", "images"].map((param) => ({
        param,
        says: "is not supported: this provider makes images by a prompt",
      })),
    ],
  },
  build({ model, fields }) {
    return {
      path: `/v2/image/generate/${encodeURIComponent(model)}`,
      body: given({
        ...picked(fields, ["prompt"]),
        num_images: fields["n"] === undefined ? undefined : toNumber(fields["n"]),
        quality: fields["quality"] === "auto" ? undefined : fields["quality"],
        ...picked(fields, own),
      }),
    }
  },
  parse([answer], [asked]) {
    const images = asRecords(answer?.body["data"])
    // An image that was withheld has an empty address, and is billed.
    const data = images.flatMap(({ url, prompt, seed }) =>
      typeof url === "string" && url !== "" ? [given({ url, revised_prompt: prompt, seed })] : [],
    )
    if (data.length > 0) return { result: { created: asked?.created, data } }
    return images.some(({ is_image_safe }) => is_image_safe === false)
      ? moderated("is_image_safe", "the provider withheld the images: they did not pass its safety check")
      : { problem: "it has no images" }
  },
}
