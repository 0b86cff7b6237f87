// A thread that checks a whole database once and reports what is wrong with it. It only reads, and ends after its report.
import { findDamage } from "./jobs/sqlite/prepare.ts"

declare const self: Worker

self.onmessage = ({ data }: MessageEvent<string>) => self.postMessage(findDamage(data))
