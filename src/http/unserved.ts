// What OpenAI's clients can ask for and is not served here, and what there is instead. A resource that is served loses its row here.
import { withoutPrefix } from "./prefixes.ts"

const KEPT =
  "is kept as a job, for 60 s unless x-bf-async-job-result-ttl asked for more: use GET or DELETE /v1/async/jobs/{job_id} or POST /v1/async/jobs/{job_id}/cancel, where job_id is the x-job-id of its response"
const ELSEWHERE = "not served here: ask the provider itself"
const REMEMBERED =
  "a conversation is kept at /v1/conversations, whose id POST /v1/responses takes; it takes the whole conversation as input too, as POST /v1/chat/completions does"

/** The beginning of a path -> the end of a sentence that says that no route matches. The first that matches counts. */
const rows: readonly [beginning: RegExp, says: string][] = [
  [/^count_tokens$/, "input is counted at POST /v1/responses/input_tokens"],
  [/^async\/responses\/input_tokens$/, "input is counted as a job at POST /v1/async/input_tokens"],
  [/^responses\/compact$/, "responses are not compacted here: send POST /v1/responses the input that the model needs"],
  [/^chat\/completions\/./, `a completion ${KEPT}`],
  [/^uploads\b/, "files are not uploaded in parts here: send up to 512 MB at once to POST /v1/files"],
  [/^(assistants|threads)\b/, REMEMBERED],
  [/^(messages|complete)\b/, "requests of every provider have one form here: use POST /v1/chat/completions"],
  [
    /^audio\/translations\b/,
    "sound is not translated: POST /v1/audio/transcriptions writes it down, and POST /v1/chat/completions translates the text",
  ],
  [/^audio\/voices\b/, "voices are made at the provider: name one as voice at POST /v1/audio/speech"],
  [
    /^(realtime|live)\b/,
    "there are no realtime sessions: POST /v1/chat/completions with stream: true answers piece by piece",
  ],
  [/^moderations\b/, `moderations are ${ELSEWHERE}`],
  [
    /^(fine_tuning|evals|vector_stores|containers|skills|videos|chatkit|decisions|safety|content_provenance_checks|organization|projects)\b/,
    `this is ${ELSEWHERE}`,
  ],
]

/** What to do instead of asking for this path; null: it is none of OpenAI's. */
export function adviseUnserved(path: string): string | null {
  const rest = /^\/v1\/(.+)/.exec(withoutPrefix(path))?.[1]
  if (rest === undefined) return null
  return rows.find(([beginning]) => beginning.test(rest))?.[1] ?? null
}
