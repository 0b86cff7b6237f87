// What a provider worker's thread weighs that has only passed through, and what it weighs once it has asked every provider with a
// form of its own. `bun bench/native/memory.ts URL`, prints the process's megabytes.
import { systemClock } from "../../src/clock.ts"
import { frame, type ToWorker, unframe } from "../../src/engine/threads/protocol.ts"
import { makeCall, mustBeAnswer, type Name, names, providersAt } from "./cases.ts"

const CALLS = 200
/** After this a thread's garbage is given back, as far as it ever is. */
const SETTLE_MS = 1500

export interface Weight {
  /** Without the worker, with it when it has only passed through, and when all the packages are loaded and used. */
  processMb: number
  passingMb: number
  nativeMb: number
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await weigh(process.argv[2] ?? ""))}\n`)

async function weigh(url: string): Promise<Weight> {
  const processMb = await settledMb()
  const worker = new Worker(new URL("../../src/provider.worker.ts", import.meta.url))
  const tell = (message: ToWorker) => worker.postMessage(message)
  tell({ kind: "start", providers: providersAt(url), log: { level: "error", style: "json" } } as ToWorker)
  await callAll(worker, tell, "openai")
  const passingMb = await settledMb()
  for (const name of names) await callAll(worker, tell, name)
  const nativeMb = await settledMb()
  worker.terminate()
  return { processMb, passingMb, nativeMb }
}

async function callAll(worker: Worker, tell: (message: ToWorker) => void, name: Name): Promise<void> {
  for (let number = 0; number < CALLS; number++) {
    const answered = new Promise<string>((resolve) => {
      worker.onmessage = ({ data }: MessageEvent<string>) => resolve(data)
    })
    const call = makeCall(name, number)
    tell(frame({ ...call, body: "" }, call.body ?? ""))
    mustBeAnswer(name, unframe<{ outcome: { kind: string } }>(await answered).header.outcome)
  }
}

async function settledMb(): Promise<number> {
  Bun.gc(true)
  await new Promise<void>((resolve) => void systemClock.after(SETTLE_MS, resolve))
  return process.memoryUsage.rss() / 1_000_000
}
