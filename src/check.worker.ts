// A thread that reads a whole database once and says what is wrong with it. It only reads, and ends with its answer.
import { findDamage } from "./jobs/sqlite/prepare.ts"

declare const self: Worker

self.onmessage = ({ data }: MessageEvent<string>) => self.postMessage(findDamage(data))
