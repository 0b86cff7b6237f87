// What audio operations have in common: voices, media types, and the header of a WAV file. Pure.

import { asRecord } from "../../values.ts"
import type { Body, Upload, UploadFile } from "../clientform.ts"
import type { Asked, Fields, Got, Parsed } from "./operation.ts"
import type { Rule } from "./operationparameters.ts"

export const noInstructions: Rule = {
  param: "instructions",
  says: "is not supported: this provider takes no words on how to say it; leave it out",
}

export const noLogprobs: Rule = {
  param: "include[]",
  says: "is not supported: this provider gives no log probabilities; leave it out",
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
