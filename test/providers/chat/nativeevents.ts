// Writes a whole answer of each native form as the stream that its documents show for it:
// https://platform.claude.com/docs/en/build-with-claude/streaming,
// https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent,
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
import { crc32 } from "node:zlib"
import type { Fields } from "./exercise.ts"

/** An event, as its bytes. */
export type Event = string | Uint8Array

/** Two characters at a time. */
function cut(text: unknown): string[] {
  return String(text).match(/[\s\S]{1,2}/g) ?? []
}

function list(value: unknown): Fields[] {
  return (value ?? []) as Fields[]
}

export function sse(data: Fields, name?: string): string {
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`
}

export function messageEvents({ content, stop_reason, stop_sequence, usage, ...message }: Fields): Event[] {
  const event = (type: string, more: Fields = {}) => sse({ type, ...more }, type)
  const { output_tokens, ...input } = (usage ?? {}) as Fields
  const begun = {
    ...message,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...input, output_tokens: 1 },
  }
  const blocks = list(content).flatMap((block, index) => {
    const { text, thinking, signature, input, citations, ...start } = block
    const delta = (type: string, more: Fields) => event("content_block_delta", { index, delta: { type, ...more } })
    const empty = {
      ...(text === undefined ? {} : { text: "" }),
      ...(thinking === undefined ? {} : { thinking: "", signature: "" }),
      ...(input === undefined ? {} : { input: {} }),
    }
    const isEmpty = input === undefined || Object.keys(input as object).length === 0
    return [
      event("content_block_start", { index, content_block: { ...start, ...empty } }),
      event("ping"),
      ...list(citations).map((citation) => delta("citations_delta", { citation })),
      ...(text === undefined ? [] : cut(text).map((piece) => delta("text_delta", { text: piece }))),
      ...(thinking === undefined ? [] : cut(thinking).map((piece) => delta("thinking_delta", { thinking: piece }))),
      ...(signature === undefined ? [] : [delta("signature_delta", { signature })]),
      // The model writes it with spaces.
      ...(isEmpty ? [""] : cut(JSON.stringify(input, null, 1))).map((partial_json) =>
        input === undefined ? "" : delta("input_json_delta", { partial_json }),
      ),
      event("content_block_stop", { index }),
    ]
  })
  return [
    event("message_start", { message: begun }),
    ...blocks,
    event("message_delta", { delta: { stop_reason, stop_sequence }, usage: { input_tokens: null, output_tokens } }),
    event("message_stop"),
  ].filter((text) => text !== "")
}

export function candidateEvents({ candidates, usageMetadata, ...whole }: Fields): Event[] {
  const all = list(candidates)
  if (all.length === 0) return [sse({ ...whole, usageMetadata })]
  const { candidatesTokenCount: _, ...begun } = (usageMetadata ?? {}) as Fields
  const events = all.flatMap(({ content, ...candidate }, at) => {
    const index = all.length > 1 ? { index: at } : {}
    const { parts, ...role } = (content ?? {}) as Fields
    const pieces = list(parts).flatMap((part): Fields[] => {
      const { text, thoughtSignature, ...more } = part
      if (typeof text !== "string") return [part]
      const texts = cut(text).map((piece): Fields => ({ ...more, text: piece }))
      return thoughtSignature === undefined ? texts : [...texts, { ...more, text: "", thoughtSignature }]
    })
    const said = pieces.map((part) => ({
      ...whole,
      usageMetadata: begun,
      candidates: [{ content: { ...role, parts: [part] }, ...index }],
    }))
    const empty = content === undefined ? {} : { content: { ...role, parts: [] } }
    return [...said, { ...whole, candidates: [{ ...candidate, ...empty, ...index }], usageMetadata }]
  })
  return events.map((event) => sse(event))
}

export function converseEvents({ output, stopReason, ...metadata }: Fields): Event[] {
  const { message } = output as { message: { role: string; content: Fields[] } }
  const blocks = message.content.flatMap((block, contentBlockIndex) => {
    const delta = (said: Fields) => frame("contentBlockDelta", { contentBlockIndex, delta: said, p: "abcd" })
    const { text, toolUse, reasoningContent, citationsContent } = block as Record<string, Fields>
    const { input, ...start } = toolUse ?? {}
    const { reasoningText, ...redacted } = (reasoningContent ?? {}) as Record<string, Fields>
    const said = [
      ...(text === undefined ? [] : cut(text).map((piece) => ({ text: piece }))),
      ...list(citationsContent?.["content"]).map((one) => ({ text: one["text"] })),
      ...list(citationsContent?.["citations"]).map((citation) => ({ citation })),
      ...(input === undefined ? [] : cut(JSON.stringify(input)).map((piece) => ({ toolUse: { input: piece } }))),
      ...(reasoningText === undefined
        ? []
        : cut(reasoningText["text"]).map((text) => ({ reasoningContent: { text } }))),
      ...(reasoningText?.["signature"] ? [{ reasoningContent: { signature: reasoningText["signature"] } }] : []),
      ...(Object.keys(redacted).length > 0 ? [{ reasoningContent: redacted }] : []),
    ]
    return [
      ...(toolUse ? [frame("contentBlockStart", { contentBlockIndex, start: { toolUse: start } })] : []),
      ...said.map(delta),
      frame("contentBlockStop", { contentBlockIndex }),
    ]
  })
  return [
    frame("messageStart", { role: message.role }),
    ...blocks,
    frame("messageStop", { stopReason }),
    frame("metadata", metadata),
  ]
}

/** https://smithy.io/2.0/aws/amazon-eventstream.html */
export function frame(type: string, payload: Fields, kind: "event" | "exception" = "event"): Uint8Array {
  const headers = Buffer.concat([
    header(`:${kind}-type`, type),
    header(":content-type", "application/json"),
    header(":message-type", kind),
    // One of a type that is not read: a time.
    Buffer.concat([Buffer.from([4]), Buffer.from(":now"), Buffer.from([8]), Buffer.alloc(8)]),
  ])
  const body = Buffer.from(JSON.stringify(payload))
  const prelude = Buffer.alloc(12)
  prelude.writeUInt32BE(16 + headers.length + body.length, 0)
  prelude.writeUInt32BE(headers.length, 4)
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8)
  const whole = Buffer.concat([prelude, headers, body])
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(whole))
  return Buffer.concat([whole, checksum])
}

function header(name: string, value: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(value.length)
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, Buffer.from(value)])
}
