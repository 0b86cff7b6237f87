// An event of a response as it is stored: a line with its type, a space, and its other members as JSON text. Its number is not in it,
// because that is its place in the log. Pure.

export type Fields = Record<string, unknown>

/** What a response tells of itself. The gateway makes these events of the job, so that they are not stored. */
const ofTheResponse = new Set([
  ...["response.created", "response.queued", "response.in_progress", "keepalive", "error"],
  ...["response.completed", "response.incomplete", "response.failed"],
])

/** Whether it is an event of the answer, and not of the response as a whole. */
export function isOfAnswer(type: string): boolean {
  return !ofTheResponse.has(type)
}

/** Whether others follow that say more of the same. */
export function isDelta(type: string): boolean {
  return type.endsWith(".delta")
}

/** @param members of the event. What pads it, and its number, are left out */
export function writeLine({ type, sequence_number: _, obfuscation: __, ...members }: Fields): string {
  return `${type} ${JSON.stringify(members)}`
}

export function readLine(line: string): { type: string; members: string } {
  const end = line.indexOf(" ")
  return { type: line.slice(0, end), members: line.slice(end + 1) }
}

/** The event as it is sent. */
export function writeNumbered(line: string, sequence: number): string {
  const { type, members } = readLine(line)
  const rest = members === "{}" ? "}" : `,${members.slice(1)}`
  return `event: ${type}\ndata: {"type":${JSON.stringify(type)},"sequence_number":${sequence}${rest}\n\n`
}
