// Requests that each ask for one thing, to find out by the program's own checks what a provider carries, leaves out and refuses.

type Fields = Record<string, unknown>

export interface Probes {
  /** What every request of the type has. */
  base: Fields
  /** The file parts of a form. */
  files?: readonly string[]
  /** What is asked for, as the documents call it -> the members that ask for it. */
  asks: Readonly<Record<string, Fields>>
}

const tools = [{ type: "function", function: { name: "get_weather", parameters: { type: "object", properties: {} } } }]
const says = (...content: Fields[]) => ({ messages: [{ role: "user", content }] })
const schema = { name: "weather", schema: { type: "object", properties: {} } }

/** Members that several types have. */
const sampling = { temperature: { temperature: 0.5 }, top_p: { top_p: 0.9 } }
const penalties = { frequency_penalty: { frequency_penalty: 0.5 }, presence_penalty: { presence_penalty: 0.5 } }
const keeping = { store: { store: true }, metadata: { metadata: { team: "a" } } }
const people = { user: { user: "user-1" }, safety_identifier: { safety_identifier: "hash-1" } }
const caching = { prompt_cache_key: { prompt_cache_key: "key-1" } }
const seed = { seed: { seed: 7 } }

const image = {
  n: { n: 2 },
  size: { size: "1024x1024" },
  "response_format url": { response_format: "url" },
  "response_format b64_json": { response_format: "b64_json" },
  user: { user: "user-1" },
}
const madeImage = {
  ...image,
  background: { background: "opaque" },
  quality: { quality: "high" },
  output_format: { output_format: "png" },
  output_compression: { output_compression: 80 },
  ...seed,
}

export const probes: Readonly<Record<string, Probes>> = {
  chat_completion: {
    base: { messages: [{ role: "user", content: "Hello" }] },
    asks: {
      images: says({ type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } }),
      documents: says({ type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" } }),
      sound: says({ type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } }),
      tools: { tools },
      tool_choice: { tools, tool_choice: "required" },
      "parallel_tool_calls false": { tools, parallel_tool_calls: false },
      "response_format json_object": { response_format: { type: "json_object" } },
      "response_format json_schema": { response_format: { type: "json_schema", json_schema: schema } },
      reasoning_effort: { reasoning_effort: "low" },
      ...sampling,
      max_completion_tokens: { max_completion_tokens: 64 },
      stop: { stop: ["END"] },
      ...seed,
      ...penalties,
      n: { n: 2 },
      logprobs: { logprobs: true },
      top_logprobs: { logprobs: true, top_logprobs: 2 },
      logit_bias: { logit_bias: { "50256": -100 } },
      "modalities audio": { modalities: ["text", "audio"], audio: { voice: "alloy", format: "wav" } },
      prediction: { prediction: { type: "content", content: "Hi" } },
      web_search_options: { web_search_options: {} },
      service_tier: { service_tier: "priority" },
      verbosity: { verbosity: "low" },
      ...keeping,
      ...people,
      ...caching,
    },
  },
  text_completion: {
    base: { prompt: "Once upon a time" },
    asks: {
      suffix: { suffix: "The end." },
      max_tokens: { max_tokens: 64 },
      ...sampling,
      stop: { stop: ["END"] },
      ...seed,
      ...penalties,
      logit_bias: { logit_bias: { "50256": -100 } },
      user: people.user,
      n: { n: 2 },
      best_of: { best_of: 2 },
      echo: { echo: true },
      logprobs: { logprobs: 2 },
    },
  },
  responses: {
    base: { input: "Hello" },
    asks: {
      instructions: { instructions: "Be brief." },
      max_output_tokens: { max_output_tokens: 64 },
      max_tool_calls: { max_tool_calls: 2 },
      ...sampling,
      top_logprobs: { top_logprobs: 2 },
      reasoning: { reasoning: { effort: "low" } },
      "reasoning summary": { reasoning: { effort: "low", summary: "auto" } },
      "text json_schema": { text: { format: { type: "json_schema", ...schema } } },
      tools: { tools: [{ type: "function", name: "get_weather", parameters: {} }] },
      "tools of the provider": { tools: [{ type: "web_search" }] },
      previous_response_id: { previous_response_id: "resp_1" },
      conversation: { conversation: "conv_1" },
      include: { include: ["reasoning.encrypted_content"] },
      prompt: { prompt: { id: "pmpt_1" } },
      "truncation auto": { truncation: "auto" },
      ...keeping,
      service_tier: { service_tier: "priority" },
      ...caching,
      ...people,
    },
  },
  embedding: {
    base: { input: "Hello" },
    asks: {
      "several inputs": { input: ["Hello", "there"] },
      dimensions: { dimensions: 256 },
      "encoding_format float": { encoding_format: "float" },
      "encoding_format base64": { encoding_format: "base64" },
      user: people.user,
    },
  },
  speech: {
    base: { input: "Hello", voice: "Kore" },
    asks: {
      instructions: { instructions: "Cheerfully." },
      speed: { speed: 1.2 },
      ...Object.fromEntries(
        ["mp3", "opus", "aac", "flac", "wav", "pcm"].map((format) => [format, { response_format: format }]),
      ),
    },
  },
  transcription: {
    base: {},
    files: ["file"],
    asks: {
      language: { language: "en" },
      prompt: { prompt: "A speech" },
      temperature: { temperature: "0.2" },
      ...Object.fromEntries(
        ["json", "text", "srt", "verbose_json", "vtt", "diarized_json"].map((format) => [
          format,
          { response_format: format },
        ]),
      ),
      timestamp_granularities: { response_format: "verbose_json", "timestamp_granularities[]": "word" },
      include: { "include[]": "logprobs" },
      chunking_strategy: { chunking_strategy: "auto" },
      known_speaker_names: { "known_speaker_names[]": "Ada" },
    },
  },
  image_generation: {
    base: { prompt: "A lighthouse at dusk" },
    asks: { ...madeImage, moderation: { moderation: "low" }, style: { style: "vivid" } },
  },
  image_edit: {
    base: { prompt: "Make it night", image: "https://example.com/cat.png" },
    asks: {
      ...madeImage,
      "several images": { image: ["https://example.com/cat.png", "https://example.com/dog.png"] },
      mask: { mask: "https://example.com/mask.png" },
      input_fidelity: { input_fidelity: "high" },
    },
  },
  image_variation: { base: {}, files: ["image"], asks: image },
  rerank: {
    base: { query: "What is the capital?", documents: ["Berlin", "Paris"] },
    asks: {
      "documents with members": { documents: [{ title: "a", text: "Berlin" }, "Paris"] },
      top_n: { top_n: 1 },
      max_tokens_per_doc: { max_tokens_per_doc: 512 },
      priority: { priority: 1 },
      return_documents: { return_documents: true },
    },
  },
  ocr: {
    base: { document: { type: "document_url", document_url: "https://example.com/invoice.pdf" } },
    asks: { pages: { pages: [0] }, include_image_base64: { include_image_base64: true } },
  },
}
