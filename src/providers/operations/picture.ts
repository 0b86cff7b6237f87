// What all image operations have in common: they read the images and the size of a request, and build the list of images. Pure.
import { asWord, isRecord } from "../../values.ts"
import { readAll } from "../clientform.ts"
import { findImageType } from "../mediatypes.ts"
import type { Asked, Fields, Parsed } from "./operation.ts"
import { isNot, type Rule } from "./operationparameters.ts"

export interface Picture {
  base64: string
  type: string
}

/** Rules for what none of these providers supports. */
export const imageRules: readonly Rule[] = [
  {
    param: "response_format",
    when: isNot("b64_json"),
    says: "url is not supported: this provider gives the image itself; use b64_json",
  },
  { param: "background", when: isNot("auto", "opaque"), says: "is not supported: this provider's images are opaque" },
  { param: "moderation", when: isNot("auto"), says: "has no counterpart and was not sent", verdict: "warned" },
]

export const oneImage: Rule = {
  param: "n",
  when: isNot(1),
  says: "above 1 is not supported: this provider makes one image for a request; submit it as often as you want images",
}

export const noMask: Rule = {
  param: "mask",
  says: "is not supported: this provider finds the place to edit by the prompt; leave it out",
}

/** Loads the images of an edit: file parts of a form, or addresses and base64, as one value, a list, or objects. */
export async function loadPictures({ fields, upload, load }: Asked, names = ["image", "images"]): Promise<Picture[]> {
  if (upload !== null) {
    const wanted = names.flatMap((name) => [name, `${name}[]`])
    const pictures: Picture[] = []
    for (const file of upload.files.filter(({ name }) => wanted.includes(name))) {
      pictures.push(toPicture((await readAll(upload.read(file))).toString("base64")))
    }
    return pictures
  }
  const sources = names.flatMap((name) => [fields[name]].flat().map((source) => ({ source, param: name })))
  const found = sources.filter(({ source }) => source !== undefined && source !== null)
  return await Promise.all(found.map(({ source, param }) => loadPicture(findSource(source), param, load)))
}

async function loadPicture(text: string, param: string, load: Asked["load"]): Promise<Picture> {
  if (/^https?:/i.test(text)) return toPicture(Buffer.from((await load(text, param)).bytes).toString("base64"))
  return toPicture(text.replace(/^data:[^,]*,/i, ""))
}

/** `"…"`, `{image_url: "…"}`, `{image_url: {url: "…"}}`, `{url: "…"}`, `{b64_json: "…"}` */
function findSource(source: unknown): string {
  if (!isRecord(source)) return asWord(source)
  const { image_url, url, b64_json } = source
  return findSource(image_url ?? url ?? b64_json ?? "")
}

/** The type is found in the first bytes, because the type in a request may be wrong. */
function toPicture(base64: string): Picture {
  return { base64, type: findImageType(base64) }
}

/** Parses a size like `1536x1024`. Null when there is none. */
export function parseSides({ size }: Fields): { width: number; height: number } | null {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(asWord(size)) ?? []
  return width === undefined || height === undefined ? null : { width: Number(width), height: Number(height) }
}

/** The aspect ratio of the size, if the provider supports it. Otherwise null. */
export function findRatio(fields: Fields, ratios: readonly string[]): string | null {
  const sides = parseSides(fields)
  if (sides === null) return null
  const isThis = (ratio: string) => {
    const [across = 0, down = 1] = ratio.split(":").map(Number)
    return sides.width * down === sides.height * across
  }
  return ratios.find(isThis) ?? null
}

/** Rules for a provider that has aspect ratios instead of sizes. */
export function ratioRules(ratios: readonly string[]): Rule[] {
  return [
    {
      param: "size",
      when: (size, fields) => size !== "auto" && findRatio(fields, ratios) === null,
      says: `must be auto or have one of the ratios ${ratios.join(", ")}`,
    },
    {
      param: "size",
      when: (size) => size !== "auto",
      says: "is sent as its ratio: how many pixels that is, the model decides",
      verdict: "warned",
    },
  ]
}

export function toImages(images: readonly Picture[], { created }: Asked, usage?: Fields): Parsed {
  const data = images.map(({ base64 }) => ({ b64_json: base64 }))
  const format = images[0]?.type.split("/")[1]
  return { result: { created, data, output_format: format, ...(usage === undefined ? {} : { usage }) } }
}

/** Reads a list of base64 texts, which most providers return. */
export function toPictures(list: readonly unknown[]): Picture[] {
  return list.filter((one) => typeof one === "string").map(toPicture)
}

/** The provider's moderation blocked the request or its output. */
export function moderated(code: string, message: string): Parsed {
  return { status: 400, refusal: { type: null, code, message, param: null } }
}
