// What audio operations have in common: voices, media types, and the header of a WAV file. Pure.

import { asRecord } from "../../values.ts"
import type { Body, Upload, UploadFile } from "../clientform.ts"
import type { Asked, Fields, Got, Parsed, Sent } from "./operation.ts"
import { isNot, type Rule } from "./operationparameters.ts"

export const noInstructions: Rule = {
  param: "instructions",
  says: "is not supported: this provider takes no words on how to say it; leave it out",
}

export const noLogprobs: Rule = {
  param: "include[]",
  says: "is not supported: this provider gives no log probabilities; leave it out",
}

/** For a provider whose transcriptions have times for words alone. */
export const wordsAlone: Rule[] = [
  {
    param: "response_format",
    when: (format) => format === "verbose_json",
    says: "comes with words and without segments, which this provider does not make",
    verdict: "warned",
  },
  {
    param: "timestamp_granularities[]",
    when: (granularities) => [granularities].flat().some((one) => one !== "word"),
    says: "must be word: this provider makes no segments",
  },
]

/** For a provider whose transcriptions cannot be guided. */
export const unguided: Rule[] = [
  { param: "temperature", when: isNot(0), says: "has no counterpart and was not sent", verdict: "warned" },
  { param: "prompt", says: "has no counterpart and was not sent", verdict: "warned" },
]

/** https://platform.openai.com/docs/guides/text-to-speech#voice-options */
const openaiVoices = [
  ...["alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse"],
]

export function isOpenaiVoice(fields: Fields): boolean {
  return openaiVoices.includes(readVoice(fields) ?? "")
}

/** For a provider that has none of OpenAI's voices, so that it would certainly refuse them. @param instead what to write */
export function ownVoices(instead: string): Rule {
  return {
    param: "voice",
    when: (_, fields) => isOpenaiVoice(fields),
    says: `is one of OpenAI's, which this provider does not have: ${instead}`,
  }
}

/**
 * A transcription's form, in which text fields stand before the file. A list becomes several fields of one name.
 * @param name of the file's part
 */
export function composeForm(asked: Asked, members: Fields, name = "file"): Pick<Sent, "contentType" | "body"> {
  const { file, upload } = findSound(asked)
  const texts = Object.entries(members).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, String(one)]),
  )
  const { contentType, ...body } = upload.compose(texts, { ...file, name })
  return { contentType, body }
}

/** Reads a binary answer that is a sound. */
export function readSound([answer]: readonly Got[], [asked]: readonly Asked[]): Parsed {
  if (answer === undefined || answer.bytes.length === 0) return { problem: "the body is empty" }
  const { response_format } = asked?.fields ?? {}
  const type = answer.headers.get("content-type") ?? speechTypes[String(response_format ?? "mp3")] ?? ""
  if (!/^(audio\/|application\/octet-stream)/.test(type)) return { problem: "the body is no sound" }
  return { result: { audio: "", usage: null, response_format }, content: { type, bytes: answer.bytes } }
}

/** The file to transcribe. */
export function findSound({ upload }: Asked): { file: UploadFile; upload: Upload; body: Body } {
  const file = upload?.files.find(({ name }) => name === "file")
  // The endpoint has checked that there is a file.
  if (upload === null || file === undefined) throw new Error("a transcription without a file")
  return { file, upload, body: { bytes: file.bytes, pieces: upload.read(file) } }
}

/** The voice is a name, or an object with a name or an id. */
export function readVoice({ voice }: Fields): string | null {
  const name = typeof voice === "string" ? voice : (asRecord(voice)["id"] ?? asRecord(voice)["name"])
  return typeof name === "string" && name !== "" ? name : null
}

/** The media types of the formats of speech. */
export const speechTypes: Readonly<Record<string, string>> = {
  ...{ mp3: "audio/mpeg", opus: "audio/ogg", aac: "audio/aac", flac: "audio/flac", wav: "audio/wav", pcm: "audio/pcm" },
}

/** A WAV file of 16-bit samples, little-endian, one channel. http://soundfile.sapp.org/doc/WaveFormat/ */
export function inWav(samples: Uint8Array, rate: number): Uint8Array {
  const head = Buffer.alloc(44)
  head.write("RIFF", 0)
  head.writeUInt32LE(36 + samples.length, 4)
  head.write("WAVEfmt ", 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE(2 * rate, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write("data", 36)
  head.writeUInt32LE(samples.length, 40)
  return Buffer.concat([head, samples])
}
