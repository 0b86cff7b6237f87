// Reads OpenAI's image requests for the providers of upstream jobs, and builds OpenAI's result.

import { isMissing } from "../../endpoints/bodyschema.ts"
import { parseExact } from "../../exactjson.ts"
import { asRecord, isRecord } from "../../values.ts"
import { readAll, readParts } from "../clientform.ts"
import { findImageType } from "../mediatypes.ts"
import { addField, parseField } from "./formfields.ts"
import { checkImage, type ImageCapabilities, parseSize, type Size } from "./jobparameters.ts"
import { type JobAttempt, refusal } from "./upstreamjob.ts"

/** An image of a request: its address, or its content. */
export type Picture = string | File

export interface ImageRequest {
  prompt: unknown
  n: number
  /** Null when the model decides. */
  size: Size | null
  images: Picture[]
  mask: Picture | null
  /** All other parameters, which are passed on unchanged. */
  rest: Record<string, unknown>
}

/** @throws {Settled} when the provider does not support the request */
export async function imageRequest(attempt: JobAttempt, allowed: ImageCapabilities): Promise<ImageRequest> {
  const { call } = attempt
  const fields = call.body === null ? await formFields(attempt) : asRecord(parseExact(call.body))
  // `user` and the parameters of the second line mean nothing to a model.
  const { prompt, n, size, image, images, mask, response_format, user, ...others } = fields
  const { model, stream, fallbacks, service_tier, ...rest } = others
  const pictures = [image, images]
    .flat()
    .filter((one) => !isMissing(one))
    .map(toPicture)
  const masked = isMissing(mask) ? null : toPicture(Array.isArray(mask) && mask.length === 1 ? mask[0] : mask)
  const hasFiles = hasFile({ pictures, masked, ...rest })
  const [error] = checkImage(allowed, fields, {
    model: attempt.call.model,
    images: pictures.length,
    hasMask: masked !== null,
    hasFiles,
  }).errors
  if (error !== undefined) throw refusal(error)
  return { prompt, n: isMissing(n) ? 1 : Number(n), size: parseSize(size), images: pictures, mask: masked, rest }
}

async function formFields({ call, context }: JobAttempt): Promise<Record<string, unknown>> {
  const fields: Record<string, unknown> = {}
  if (call.form === null) return fields
  for await (const { name, isFile, fileName, contentType, text, content } of readParts(call.form, context.pieceAt)) {
    if (!isFile) addField(fields, name, name === "prompt" ? text : parseField(text))
    else {
      const bytes = await readAll(content)
      const type = contentType ?? findImageType(bytes.toString("base64", 0, 12))
      addField(fields, name, new File([bytes], fileName ?? "image", { type }))
    }
  }
  return fields
}

/** Reads a file, an address, a data: URL, base64, or an object with one of these. */
function toPicture(value: unknown): Picture {
  if (value instanceof File) return value
  if (isRecord(value)) return toPicture(value["image_url"] ?? value["url"] ?? value["b64_json"] ?? null)
  if (typeof value !== "string") {
    throw refusal({ message: "image must be an address or base64 text, or an object with image_url", param: "image" })
  }
  if (/^https?:\/\//i.test(value)) return value
  const [head, type] = /^data:([^;,]*)[^,]*;base64,/i.exec(value) ?? [""]
  const base64 = value.slice(head.length)
  return new File([Buffer.from(base64, "base64")], "image", { type: type || findImageType(base64) })
}

/**
 * The image's address, or its content as a data: URL.
 * @param charsMax the maximum length of a data: URL
 * @throws {Settled} when it is longer
 */
export async function toUrl(picture: Picture, charsMax: number): Promise<string> {
  if (typeof picture === "string") return picture
  const url = `data:${picture.type};base64,${Buffer.from(await picture.arrayBuffer()).toString("base64")}`
  if (url.length <= charsMax) return url
  const most = `${Math.floor((charsMax * 3) / 4 / 1_000_000)} MB`
  throw refusal({ message: `image is too large: this provider takes at most ${most} in a request`, param: "image" })
}

export function hasFile(fields: Readonly<Record<string, unknown>>): boolean {
  return Object.values(fields)
    .flat()
    .some((value) => value instanceof File)
}

/** Replaces files among the members with their addresses. */
export async function withAddresses(
  fields: Readonly<Record<string, unknown>>,
  address: (picture: Picture) => Promise<string>,
): Promise<Record<string, unknown>> {
  const place = async (value: unknown): Promise<unknown> => {
    if (value instanceof File) return await address(value)
    return Array.isArray(value) ? await Promise.all(value.map(place)) : value
  }
  const members = Object.entries(fields).map(async ([name, value]) => [name, await place(value)])
  return Object.fromEntries(await Promise.all(members))
}

/** The addresses of images in a model's output. */
export function findImages(output: unknown): { url: string }[] {
  return [output].flat().flatMap((one) => {
    const url = isRecord(one) ? one["url"] : one
    if (typeof url !== "string" || !/^(https?:\/\/|data:)/i.test(url)) return []
    return [isRecord(one) ? { ...one, url } : { url }]
  })
}
