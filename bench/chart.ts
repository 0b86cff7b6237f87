// Draws what the programs can do beside each other, as an SVG.
import type { Result } from "./results.ts"

export function chartOf(_result: Result): string {
  return ""
}
