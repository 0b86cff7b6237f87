// The mock provider's images: small striped PNG files, whose colours are derived from the prompt and the images of the request.

import { crc32, deflateSync } from "node:zlib"
import { asText } from "../../values.ts"
import {
  json,
  type MockAnswer,
  type MockJob,
  type MockRequest,
  notice,
  readCount,
  repeat,
  seconds,
} from "./mockrequest.ts"
import { noise } from "./noise.ts"

const IMAGES_MAX = 10
const SIDE_MAX = 64
const STRIPE_PIXELS = 8

interface Size {
  width: number
  height: number
}

/** The answer to generations, edits and variations. https://platform.openai.com/docs/api-reference/images/object */
export function images({ fields, files }: MockRequest, { now }: MockJob): MockAnswer {
  const prompt = asText(fields["prompt"])
  const size = readSize(asText(fields["size"]))
  const draw = noise(prompt, ...files.map(({ bytes }) => bytes))
  const data = Array.from({ length: readCount(fields["n"], IMAGES_MAX) ?? 1 }, () => {
    const base64 = striped(size, draw).toString("base64")
    const image =
      fields["response_format"] === "url" ? { url: `data:image/png;base64,${base64}` } : { b64_json: base64 }
    return { ...image, revised_prompt: repeat(prompt) }
  })
  return json({ created: seconds(now), data, output_format: "png", size: `${size.width}x${size.height}` })
}

/** The requested size, scaled down until no side is longer than SIDE_MAX. */
function readSize(asked: string): Size {
  const [width = 0, height = 0] = (/^(\d{1,6})x(\d{1,6})$/.exec(asked)?.slice(1) ?? []).map(Number)
  if (width === 0 || height === 0) return { width: SIDE_MAX, height: SIDE_MAX }
  const scale = Math.min(1, SIDE_MAX / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

function striped({ width, height }: Size, draw: () => number): Buffer {
  const colours = [0, 1].map(() => Buffer.from([draw() * 256, draw() * 256, draw() * 256]))
  const rows = Array.from({ length: height }, (_, y) => {
    const colour = colours[Math.floor(y / STRIPE_PIXELS) % 2] ?? Buffer.alloc(3)
    // Each row begins with the number of its filter, here none.
    return Buffer.concat([Buffer.alloc(1), Buffer.alloc(width * 3, colour)])
  })
  return png({ width, height }, Buffer.concat(rows))
}

/** 8 bits each of red, green and blue, not interlaced. https://www.w3.org/TR/png-3/ */
function png({ width, height }: Size, rows: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("tEXt", Buffer.from(`Comment\0${notice}`, "latin1")),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ])
}

function chunk(name: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), content])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(content.length, 0)
  framed.set(body, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}
