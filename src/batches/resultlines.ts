// Writes the lines of a batch's result files: https://platform.openai.com/docs/api-reference/batch/request-output

/** How a line has ended that no answer came of. */
export type LineFailure = "batch_expired" | "batch_cancelled" | "job_deleted"

const messages: Record<LineFailure, string> = {
  batch_expired: "This request could not be executed before the completion window expired.",
  batch_cancelled: "This request was not executed because the batch was cancelled.",
  job_deleted: "The job of this request was deleted before the results were written.",
}

/**
 * The line of a request that was answered, also with an error. OpenAI leaves `error` null then, and puts the answer into the file of
 * errors: https://github.com/openai/openai-openapi/issues/302
 * @param body JSON text, which is written as it is
 */
export function writeAnswer(
  customId: string,
  answer: { jobId: string; statusCode: number; requestId: string; body: string },
): string {
  const { jobId, statusCode, requestId, body } = answer
  return `{"id":${nameLine(jobId)},"custom_id":${JSON.stringify(customId)},"response":{"status_code":${statusCode},"request_id":${JSON.stringify(requestId)},"body":${body}},"error":null}\n`
}

/** @param key tells the line from all others of the gateway */
export function writeFailure(customId: string, key: string, code: LineFailure): string {
  const error = JSON.stringify({ code, message: messages[code] })
  return `{"id":${nameLine(key)},"custom_id":${JSON.stringify(customId)},"response":null,"error":${error}}\n`
}

function nameLine(key: string): string {
  return JSON.stringify(`batch_req_${key.replaceAll("-", "")}`)
}
