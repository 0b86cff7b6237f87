// The command wait: waits until jobs have ended.
import { steadyNow } from "../clock.ts"
import { asText } from "../values.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import { openGateway } from "./gatewayclient.ts"
import { type Input, isSet, readTimeMs } from "./input.ts"
import { findId, type Listed, mapSome, nameEnding, readListed, sayEnd, waitForEnd } from "./jobcalls.ts"

/** How many requests are held at the same time. Bun sends 256; one that is not sent yet would seem to be one without an answer. */
const HELD_MAX = 100

export async function run(input: Input): Promise<number> {
  const { terminal, words } = input
  const gateway = openGateway(input)
  const timeoutMs = readTimeMs(input, "timeout")
  const ids = [...new Set(await mapSome(words, HELD_MAX, (word) => findId(word, gateway)))]
  if (isSet(input, "any") && ids.length > HELD_MAX)
    throw new CommandError("usage", `--any takes at most ${HELD_MAX} jobs, but ${ids.length} are named`)
  const untilMs = timeoutMs === null ? null : steadyNow() + timeoutMs
  let ended = 0
  const showProgress = () => terminal.progress(isSet(input, "quiet") ? "" : `${ended} of ${ids.length} jobs have ended`)
  showProgress()
  const waitFor = async (id: string) => {
    if (await waitForEnd(id, untilMs, gateway)) ended++
    showProgress()
    return id
  }
  const seen = isSet(input, "any") ? [await Promise.race(ids.map(waitFor))] : await mapSome(ids, HELD_MAX, waitFor)
  const jobs = await mapSome(seen, HELD_MAX, (id) => readListed(id, gateway))
  terminal.progress("")
  for (const job of jobs) {
    if (isSet(input, "json") || isSet(input, "jsonl")) terminal.show(`${JSON.stringify(job)}\n`)
    else terminal.show(`${asText(job["id"])} ${asText(job["state"])}\n`)
    if (!isSet(input, "quiet")) sayEnd(job, terminal)
  }
  return chooseCode(jobs)
}

/** The worst of them: a failure before a cancellation, and that before a job that has not ended. */
function chooseCode(jobs: readonly Listed[]): number {
  const endings = jobs.map(nameEnding)
  const worst = (["job_failed", "job_cancelled", "unfinished"] as const).find((ending) => endings.includes(ending))
  return findCode(worst ?? "done")
}
