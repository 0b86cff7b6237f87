// Starts floors: what does less than the gateway, and how little that costs.
import { join } from "node:path"
import type { FloorKind } from "./floor.ts"
import type { Environment, Server, Stage } from "./stage.ts"

/** What each is called beside the gateway. */
export const floorNames: Record<FloorKind, string> = {
  bun: "bare Bun.serve",
  elysia: "bare Elysia",
  insert: "durable insert per request",
  grouped: "durable insert, grouped",
}

/** @param answerBytes what the gateway answers in its place: a floor sends as much */
export async function startFloors<Kind extends FloorKind>(
  stage: Stage,
  kinds: readonly Kind[],
  answerBytes: number,
  environment: Environment = {},
): Promise<Record<Kind, Server>> {
  const start = async (kind: Kind) => {
    const command = [process.execPath, join(import.meta.dir, "floor.ts"), kind, String(answerBytes), stage.directory()]
    return [kind, await stage.serve(command, environment)] as const
  }
  return Object.fromEntries(await Promise.all(kinds.map(start))) as Record<Kind, Server>
}
