// The mock provider's speech, a tone in a WAV file, and its transcriptions, which describe the file.
import { asText } from "../../values.ts"
import { json, type MockAnswer, type MockJob, type MockRequest, notice, repeat } from "./mockrequest.ts"

const SAMPLES_PER_SECOND = 8000
const SAMPLE_BYTES = 2
const TONE_HERTZ = 440
/** The amplitude, of 32767 in 16 bits. */
const LOUDNESS = 8000

/** A tone of 50 ms for each character, 0.1 to 2 s long. It is always WAV, whatever `response_format` is. */
export function speech({ fields }: MockRequest, _about: MockJob): MockAnswer {
  const lengthMs = Math.min(2000, Math.max(100, asText(fields["input"]).length * 50))
  return { contentType: "audio/wav", bytes: wav(tone((lengthMs * SAMPLES_PER_SECOND) / 1000)) }
}

function tone(sampleCount: number): Buffer {
  const data = Buffer.alloc(sampleCount * SAMPLE_BYTES)
  for (let index = 0; index < sampleCount; index++) {
    const angle = (2 * Math.PI * TONE_HERTZ * index) / SAMPLES_PER_SECOND
    data.writeInt16LE(Math.round(Math.sin(angle) * LOUDNESS), index * SAMPLE_BYTES)
  }
  return data
}

/** RIFF, PCM, 16 bits, one channel. The comment comes last, because simple programs expect the samples at byte 44. */
function wav(data: Buffer): Buffer {
  const format = Buffer.alloc(16)
  format.writeUInt16LE(1, 0)
  format.writeUInt16LE(1, 2)
  format.writeUInt32LE(SAMPLES_PER_SECOND, 4)
  format.writeUInt32LE(SAMPLES_PER_SECOND * SAMPLE_BYTES, 8)
  format.writeUInt16LE(SAMPLE_BYTES, 12)
  format.writeUInt16LE(SAMPLE_BYTES * 8, 14)
  const comment = chunk("LIST", Buffer.from("INFO"), chunk("ICMT", Buffer.from(`${notice}\0`)))
  return chunk("RIFF", Buffer.from("WAVE"), chunk("fmt ", format), chunk("data", data), comment)
}

/** A chunk starts at an even byte. The padding is not counted in the length of the chunk before it. */
function chunk(name: string, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const head = Buffer.from(`${name}\0\0\0\0`)
  head.writeUInt32LE(content.length, 4)
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)])
}

/** https://platform.openai.com/docs/api-reference/audio/createTranscription */
export function transcription({ fields, files }: MockRequest, _about: MockJob): MockAnswer {
  const file = files.find(({ name }) => name === "file") ?? files[0]
  // A line break in the name would end a subtitle.
  const name = file?.fileName?.replaceAll(/\s+/g, " ") ?? "a file without a name"
  const bytes = file?.bytes.length ?? 0
  const text = repeat(`${name}, ${bytes} bytes`)
  const duration = Math.max(0.1, measureMs(bytes) / 1000)
  switch (fields["response_format"]) {
    case "text":
      return plain("text/plain", `${text}\n`)
    case "srt":
      return plain("application/x-subrip", `1\n${span(duration, ",")}\n${text}\n\n`)
    case "vtt":
      return plain("text/vtt", `WEBVTT\n\n${span(duration, ".")}\n${text}\n\n`)
    case "verbose_json":
      return json(verbose(text, duration, asText(fields["language"]) || "english"))
    default:
      return json({ text, usage: { type: "duration", seconds: Math.ceil(duration) } })
  }
}

/** The duration of the file if it were the mock provider's own speech. */
function measureMs(bytes: number): number {
  return Math.round((bytes * 1000) / (SAMPLES_PER_SECOND * SAMPLE_BYTES))
}

function verbose(text: string, duration: number, language: string) {
  const segment = {
    id: 0,
    seek: 0,
    start: 0,
    end: duration,
    text,
    tokens: [],
    temperature: 0,
    avg_logprob: 0,
    compression_ratio: 1,
    no_speech_prob: 0,
  }
  const usage = { type: "duration", seconds: Math.ceil(duration) }
  return { task: "transcribe", language, duration, text, segments: [segment], usage }
}

/** The time range in the form of subtitles: `00:00:00,000 --> 00:01:02,500`. */
function span(duration: number, point: string): string {
  const part = (value: number, digits = 2) => String(Math.floor(value)).padStart(digits, "0")
  const time = (ms: number) =>
    `${part(ms / 3_600_000)}:${part((ms / 60_000) % 60)}:${part((ms / 1000) % 60)}${point}${part(ms % 1000, 3)}`
  return `${time(0)} --> ${time(Math.round(duration * 1000))}`
}

function plain(type: string, text: string): MockAnswer {
  return { contentType: `${type}; charset=utf-8`, bytes: Buffer.from(text) }
}
