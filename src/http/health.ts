// GET /health: whether jobs can be stored and read.
import type { Reads } from "../jobs/reads.ts"
import { describeCause } from "../values.ts"
import type { EngineClient } from "./engineclient.ts"
import { json } from "./reply.ts"

export interface HealthOptions {
  engine: Pick<EngineClient, "trouble">
  reads: Reads
}

export async function showHealth({ engine, reads }: HealthOptions): Promise<Response> {
  const trouble = engine.trouble() ?? (await findReadError(reads))
  return trouble === null
    ? json({ status: "ok" })
    : json({ status: "unavailable", reason: trouble }, { "retry-after": "1" }, 503)
}

async function findReadError(reads: Reads): Promise<string | null> {
  try {
    await reads.ping()
    return null
  } catch (error) {
    return `the store cannot be read: ${describeCause(error)}`
  }
}
