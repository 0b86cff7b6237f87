// What the readers of bodies share: their options, and the limits of a body.
import { GatewayError } from "../../errors.ts"
import type { EngineClient } from "../engineclient.ts"
import type { BodyMemory } from "./bodymemory.ts"

/** How deep JSON may nest. Parsers at the providers fail somewhere beyond this. */
export const DEPTH_MAX = 1000

export interface BodyOptions {
  engine: Pick<EngineClient, "upload">
  bodyBytesMax: number
  bodyMemory: BodyMemory
  /** Resolves after the other events that are waiting have been handled. */
  breathe: () => Promise<void>
}

export function refuseTooLarge(bytesMax: number): GatewayError {
  const limit = `${bytesMax / 1024 / 1024} MB`
  return new GatewayError(
    "request_too_large",
    `the body is larger than ${limit}: send less, or raise client.max_request_body_size_mb in config.json`,
  )
}
