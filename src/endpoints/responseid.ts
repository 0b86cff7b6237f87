// The id of a response that this gateway makes: that of its job, as OpenAI's clients expect it. Pure.

/**
 * `resp_` and the 32 hexadecimal digits of the job's id, a UUID of version 7. OpenAI's own are longer, and those of model servers, as SGLang,
 * are of version 4.
 */
const OURS = /^resp_([0-9a-f]{8})([0-9a-f]{4})(7[0-9a-f]{3})([0-9a-f]{4})([0-9a-f]{12})$/

export function makeResponseId(jobId: string): string {
  return `resp_${jobId.replaceAll("-", "")}`
}

/** What of the id is in the ids of its items too. */
export function readDigits(id: string): string {
  return id.replace(/^resp_/, "")
}

/** The id of the job of a response; null: the response is none of this gateway's. */
export function readResponseId(id: string): string | null {
  const parts = OURS.exec(id)
  return parts === null ? null : parts.slice(1).join("-")
}
