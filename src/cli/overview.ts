// Answers to --help and --version, which load nothing else.
import pkg from "../../package.json" with { type: "json" }
import { findUsualDir } from "../config/appdir.ts"
import type { Env } from "../config/variables.ts"
import { writeWaiting } from "../process/output.ts"
import { describeAll } from "./help.ts"

export function printHelp(env: Env): void {
  writeWaiting(1, `${describeAll(findUsualDir(env))}\n`)
}

export function printVersion(): void {
  writeWaiting(1, `${pkg.version}\n`)
}
