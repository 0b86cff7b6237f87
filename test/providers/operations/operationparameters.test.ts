import { describe, expect, test } from "bun:test"
import type { OperationName } from "../../../src/providers/adapternames.ts"
import { operations } from "../../../src/providers/operations/operationadapters.ts"
import { type Fields, judged } from "./exercise.ts"

/** Two tools, one of which is strict. */
const strictInPart = [true, false].map((strict, at) => ({ type: "function", function: { name: `f${at}`, strict } }))
const asked = { messages: [{ role: "user", content: "Hi" }] }

describe("a request that would become another one is refused, with what to do", () => {
  test.each<[OperationName, string, Fields, string]>([
    ["cohere-chat", "c", { ...asked, n: 2 }, "n above 1 is not supported"],
    ["cohere-chat", "c", { ...asked, logit_bias: { 5: 1 } }, "logit_bias is not supported"],
    ["cohere-chat", "c", { ...asked, top_logprobs: 3 }, "top_logprobs is not supported"],
    ["cohere-chat", "c", { ...asked, modalities: ["audio"] }, "modalities asks for"],
    ["cohere-chat", "c", { ...asked, functions: [] }, "functions is not supported"],
    ["cohere-chat", "c", { ...asked, web_search_options: {} }, "web_search_options is not supported"],
    [
      "cohere-chat",
      "c",
      { ...asked, tools: [{ type: "function" }], parallel_tool_calls: false },
      "parallel_tool_calls false",
    ],
    ["cohere-chat", "c", { ...asked, tools: [{ type: "web_search" }] }, "tools must be of the type function"],
    ["cohere-chat", "c", { ...asked, tool_choice: { type: "custom" } }, "tool_choice must be"],
    ["cohere-chat", "c", { ...asked, response_format: { type: "json_schema" } }, "response_format must have"],
    [
      "cohere-chat",
      "c",
      { messages: [{ role: "user", content: [{ type: "input_audio" }] }] },
      "messages has a role or a part",
    ],
    ["cohere-chat", "c", { messages: [{ role: "function", content: "x" }] }, "messages has a role or a part"],
    ["cohere-chat", "c", { ...asked, temperature: 1.5 }, "temperature must be at most 1"],
    ["cohere-chat", "c", { ...asked, frequency_penalty: -0.5 }, "frequency_penalty must be from 0 to 1"],
    ["cohere-chat", "c", { ...asked, presence_penalty: 1.5 }, "presence_penalty must be from 0 to 1"],
    ["cohere-chat", "c", { ...asked, tools: strictInPart }, "tools are strict in part"],
    ["cohere-transcription", "c", { response_format: "json" }, "language must be a string"],
    ["cohere-transcription", "c", { language: "en", response_format: "srt" }, "response_format must be json or text"],
    [
      "cohere-transcription",
      "c",
      { language: "en", "timestamp_granularities[]": "word" },
      "timestamp_granularities[] is not",
    ],
    ["cohere-transcription", "c", { language: "en", temperature: "1.5" }, "temperature must be at most 1"],
    ["mistral-transcription", "v", { response_format: "srt" }, "response_format must be json, text or verbose_json"],
    ["mistral-transcription", "v", { "include[]": "logprobs" }, "include[] is not supported"],
    ["together-image", "f", { prompt: "a", size: "large" }, "size must be auto or WIDTHxHEIGHT"],
    ["together-image", "f", { prompt: "a", quality: "high" }, "quality is not supported"],
    ["together-image", "f", { prompt: "a", background: "transparent" }, "background is not supported"],
    ["together-image", "f", { prompt: "a", output_format: "webp" }, "output_format must be png or jpeg"],
    ["elevenlabs-speech", "e", { input: "a", voice: "alloy" }, "voice is one of OpenAI's"],
    ["elevenlabs-speech", "e", { input: "a", voice: { id: "nova" } }, "voice is one of OpenAI's"],
    ["deepgram-speech", "aura-2", { input: "a", voice: "onyx" }, "voice is one of OpenAI's"],
    ["gemini-speech", "g", { input: "a", voice: "marin", response_format: "wav" }, "voice is one of OpenAI's"],
    ["cohere-embed", "e", { input: [1, 2] }, "input must be a text"],
    ["bedrock-embed", "amazon.titan-embed-text-v1", { input: "a", dimensions: 256 }, "dimensions is not supported"],
    [
      "bedrock-embed",
      "cohere.embed-english-v3",
      { input: "a", dimensions: 512 },
      "dimensions is not supported: this model has 1024",
    ],
    [
      "cohere-embed",
      "embed-english-light-v3.0",
      { input: "a", dimensions: 1024 },
      "dimensions is not supported: this model has 384",
    ],
    ["gemini-image", "g", { prompt: "a", n: 2 }, "n above 1 is not supported"],
    ["gemini-image", "g", { prompt: "a", size: "1792x1024" }, "size must be auto or have one of the ratios 1:1"],
    ["gemini-image", "g", { prompt: "a", response_format: "url" }, "response_format url is not supported"],
    ["gemini-image", "g", { prompt: "a", background: "transparent" }, "background is not supported"],
    ["bedrock-image", "stability.sd3-5-large-v1:0", { prompt: "a", n: "2" }, "n above 1"],
    ["bedrock-image", "amazon.nova-canvas-v1:0", { prompt: "a", size: "large" }, "size must be auto or WIDTHxHEIGHT"],
    ["bedrock-image", "amazon.nova-canvas-v1:0", { prompt: "a", output_format: "webp" }, "output_format must be png"],
    ["siliconflow-image", "s", { prompt: "a", response_format: "b64_json" }, "response_format must be url"],
    ["gemini-speech", "g", { input: "a", voice: "Kore", response_format: "mp3" }, "response_format must be wav or pcm"],
    ["gemini-speech", "g", { input: "a", voice: "Kore", response_format: "wav", speed: 2 }, "speed is not supported"],
    [
      "elevenlabs-speech",
      "e",
      { input: "a", response_format: "flac" },
      "response_format must be mp3, opus, wav or pcm",
    ],
    ["elevenlabs-speech", "e", { input: "a", instructions: "softly" }, "instructions is not supported"],
    ["deepgram-speech", "aura-2", { input: "a", response_format: "ogg" }, "response_format must be mp3"],
    ["mistral-speech", "m", { input: "a", response_format: "aac" }, "response_format must be mp3"],
    ["hume-speech", "octave-2", { model: "octave-2", input: "a" }, "model octave-2 is not supported without a voice"],
    ["hume-speech", "octave", { input: "a", response_format: "opus" }, "response_format must be mp3, wav or pcm"],
    ["cartesia-speech", "sonic-3", { input: "a", voice: "v", speed: 2 }, "speed must be between 0.6 and 1.5"],
    ["cartesia-speech", "sonic-3", { input: "a", voice: "v", response_format: "aac" }, "response_format must be mp3"],
    ["lmnt-speech", "blizzard", { input: "a", voice: "leah", speed: 2 }, "speed is not supported"],
    ["lmnt-speech", "blizzard", { input: "a", voice: "leah", response_format: "opus" }, "response_format must be mp3"],
    ["fishaudio-speech", "s2-pro", { input: "a", speed: 3 }, "speed must be between 0.5 and 2"],
    ["fishaudio-speech", "s2\n", { input: "a", model: "s2\n" }, "model has characters that no model's name has"],
    [
      "fishaudio-transcription",
      "t",
      { "timestamp_granularities[]": "word" },
      "timestamp_granularities[] must be segment",
    ],
    ["cartesia-transcription", "ink-whisper", { response_format: "srt" }, "response_format must be json"],
    [
      "stability-image",
      "sd3.5-large",
      { prompt: "a", size: "1000x999" },
      "size must be auto or have one of the ratios",
    ],
    ["stability-image", "sd3.5-large", { prompt: "a", n: 2 }, "n above 1 is not supported"],
    ["stability-image", "stable-image-core", { prompt: "a", image: "b" }, "image is not supported by this model"],
    ["ideogram-image", "ideogram-4-5", { prompt: "a", size: "1024x1024" }, "size is not supported"],
    ["ideogram-image", "ideogram-4-5", { prompt: "a", n: 9 }, "n must be 8 at most"],
    ["ideogram-image", "ideogram-4-5", { prompt: "a", response_format: "b64_json" }, "response_format must be url"],
    ["ideogram-image", "ideogram-4-5", { prompt: "a", image: "b" }, "image is not supported"],
    ["runware-image", "runware:101@1", { prompt: "a", size: "large" }, "size must be WIDTHxHEIGHT"],
    ["runware-image", "runware:101@1", { prompt: "a", image: "b", mask: "c" }, "mask is not supported"],
    ["runware-image", "runware:101@1", { prompt: "a", output_format: "avif" }, "output_format must be png"],
    ["elevenlabs-transcription", "s", { response_format: "vtt" }, "response_format must be json"],
    [
      "elevenlabs-transcription",
      "s",
      { "timestamp_granularities[]": ["word", "segment"] },
      "timestamp_granularities[] must be word",
    ],
    ["deepgram-transcription", "nova-3", { response_format: "srt" }, "response_format must be json"],
    [
      "gemini-transcription",
      "gemini-2.5-flash",
      { response_format: "verbose_json" },
      "response_format must be json or text",
    ],
    [
      "gemini-transcription",
      "gemini-2.5-flash",
      { "timestamp_granularities[]": "word" },
      "timestamp_granularities[] must be",
    ],
    ["vertex-transcription", "gemini-3.5-transcribe", { "include[]": "logprobs" }, "include[] is not supported"],
  ])("%s of %s: %j", (operation, model, fields, start) => {
    const { errors } = judged(operation, model, fields)
    expect(errors).toEqual([expect.stringContaining(start)])
  })

  test.each<[OperationName, string]>([
    ["gemini-image", "gemini-2.5-flash-image"],
    ["bedrock-image", "amazon.titan-image-generator-v2:0"],
    ["siliconflow-image", "s"],
  ])("%s: a mask that is a file", (operation, model) => {
    expect(judged(operation, model, { prompt: "a" }, ["image", "mask"]).errors).toEqual([
      expect.stringMatching(/^mask is not/),
    ])
  })
})

describe("what is left out and keeps the meaning is warned of", () => {
  test.each<[OperationName, string, Fields, string[]]>([
    ["cohere-chat", "c", { ...asked, top_p: 1 }, ["top_p is sent as 0.99, the most there is"]],
    ["cohere-chat", "c", { ...asked, tools: strictInPart, strict_tools: true, temperature: 1 }, []],
    ["cohere-transcription", "c", { language: "en", prompt: "Ann" }, ["prompt has no counterpart and was not sent"]],
    [
      "mistral-transcription",
      "v",
      { prompt: "Ann", chunking_strategy: "auto" },
      [
        "chunking_strategy is not known to this provider and was not sent",
        "prompt has no counterpart and was not sent: context_bias is words to expect",
      ],
    ],
    ["together-image", "f", { prompt: "a", user: "u-1" }, ["user is not known to this provider and was not sent"]],
    ["elevenlabs-speech", "e", { input: "a", voice: "JBFqnCBsd6RMkjVDRZzb" }, []],
    [
      "cohere-chat",
      "c",
      { ...asked, store: true, metadata: {} },
      ["metadata is not known to this provider and was not sent", "store has no counterpart: nothing is kept"],
    ],
    [
      "cohere-chat",
      "c",
      { ...asked, reasoning_effort: "low" },
      ["reasoning_effort is sent as thinking enabled: this provider knows no grades of it"],
    ],
    [
      "cohere-chat",
      "c",
      { messages: [{ role: "user", content: "Hi", name: "Ann" }] },
      ["messages have names, which have no counterpart and were not sent"],
    ],
    [
      "cohere-embed",
      "e",
      { input: "a", user: "u" },
      [
        "user is not known to this provider and was not sent",
        "input comes without an input_type: search_document is sent",
      ],
    ],
    [
      "bedrock-embed",
      "amazon.titan-embed-text-v2:0",
      { input: "a", truncate: "END" },
      ["truncate is known to Cohere's and Nova's models only and was not sent"],
    ],
    [
      "voyage-rerank",
      "r",
      { query: "q", documents: [{ text: "a", title: "b" }] },
      ["documents have members besides text, which are not sent: this provider ranks texts"],
    ],
    [
      "gemini-image",
      "g",
      { prompt: "a", size: "1024x1024", quality: "high" },
      [
        "size is sent as its ratio: how many pixels that is, the model decides",
        "quality has no counterpart and was not sent",
      ],
    ],
    [
      "gemini-speech",
      "g",
      { input: "a", voice: "Kore" },
      ["input comes as wav: this provider makes no mp3, which is OpenAI's default"],
    ],
    [
      "deepgram-speech",
      "aura-2-thalia-en",
      { input: "a", voice: "alloy" },
      ["voice was not sent: the model's name has another"],
    ],
    [
      "deepgram-transcription",
      "nova-3",
      { prompt: "Voxtral" },
      ["prompt has no counterpart and was not sent: keyterm is a word to expect"],
    ],
    [
      "elevenlabs-transcription",
      "s",
      { response_format: "verbose_json" },
      ["response_format comes with words and without segments, which this provider does not make"],
    ],
    ["bedrock-rerank", "cohere.rerank-v3-5:0", { query: "q", documents: [{ text: "a", title: "b" }] }, []],
  ])("%s of %s: %j", (operation, model, fields, warnings) => {
    expect(judged(operation, model, fields)).toEqual({ errors: [], warnings })
  })
})

test("nothing is said of what is null, of what the gateway reads itself, and of what means nothing", () => {
  const fields = { ...asked, model: "cohere/c", n: 1, stream: false, fallbacks: ["a/b"], logit_bias: null, tools: null }
  expect(judged("cohere-chat", "c", fields)).toEqual({ errors: [], warnings: [] })
})

test("every operation tells of a member that nobody knows", () => {
  for (const name of Object.keys(operations) as OperationName[]) {
    expect(judged(name, "m", { nonsense: 1 }).warnings).toContain(
      "nonsense is not known to this provider and was not sent",
    )
  }
})
