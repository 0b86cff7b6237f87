// Compares all that is on disk with what is known from the changes and the calls: a change that nobody saw shows here.
import { BODY_PIECES_MAX } from "../../src/jobs/schema.ts"
import type { World } from "./world.ts"

/** @throws when they differ */
export function inspect(world: World): void {
  const { ledger, disk } = world
  if (disk.isClosed) return
  const rows = disk.database.query<{ id: string; state: string; attempt: number; ended: number }, []>(
    "SELECT id, state, attempt, (SELECT count(*) FROM attempts WHERE job = number) AS ended FROM jobs",
  )
  const found = new Set<string>()
  for (const { id, state, attempt, ended } of rows.all()) {
    const known = ledger.jobs.get(id)
    found.add(id)
    if (known?.row?.state !== state || known.row.attempt !== attempt || known.attemptsEnded !== ended) {
      ledger.fail(`${id} is ${state} at ${attempt} on disk, with ${ended} rows of attempts, and nobody saw it`)
    }
  }
  for (const { row, job } of ledger.jobs.values()) {
    if (row !== null && !found.has(job.id)) ledger.fail(`${job.id} is gone, and nobody saw it go`)
  }
  compareResults(world)
  compareSpending(world)
  world.complain()
}

/** Each result is what came of the attempt that succeeded: see `outcomeOf`. */
function compareResults({ ledger, disk }: World): void {
  const results = disk.database.query<{ id: string; attempt: number; data: Uint8Array | null }, []>(
    `SELECT id, attempt, data FROM jobs LEFT JOIN results ON place = number * ${BODY_PIECES_MAX} WHERE state = 'succeeded'`,
  )
  for (const { id, attempt, data } of results.all()) {
    const result = data === null ? null : Buffer.from(data).toString()
    if (result !== JSON.stringify({ jobId: id, attempt })) ledger.fail(`${id} has succeeded with ${result}`)
  }
}

/** What an attempt has used counts once, whatever has become of its job. */
function compareSpending({ ledger, disk }: World): void {
  const spending = disk.database.query<{ owner: string; day: number; tokens: number }, []>(
    "SELECT owner, day, tokens FROM spending",
  )
  for (const { owner, day, tokens } of spending.all()) {
    const known = ledger.spent.get(owner)?.get(day) ?? 0
    if (tokens !== known) ledger.fail(`${owner} has used ${known} tokens on day ${day}, and ${tokens} are counted`)
  }
}
