// The API document.
import { Elysia } from "elysia"
import type { Endpoint } from "../endpoints/table.ts"

export const documentation = {
  submit: (endpoint: Endpoint) => ({ summary: `Submit a ${endpoint.summary}` }),
  poll: (endpoint: Endpoint) => ({ summary: `Collect a ${endpoint.summary}` }),
  health: { summary: "Whether jobs can be stored and read" },
}

export function docs(_version: string) {
  return new Elysia()
}
