// The short form of `bun run torture`: what a machine and its user do to a gateway that has just been started.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test"
import { newDir, removeDir } from "../cleanup.ts"
import { tortureByAnswers } from "../torture/answers.ts"
import { tortureByFirstStarts } from "../torture/firststart.ts"
import { tortureByOutput } from "../torture/output.ts"
import { killAll } from "../torture/process.ts"
import type { Section } from "../torture/report.ts"
import { endEarly, hangUp } from "../torture/signals.ts"
import { tortureByStreamKills } from "../torture/streamkills.ts"

/** All of it takes fifteen seconds; a machine that is busy besides may take its time. */
setDefaultTimeout(240_000)

const run = { stage: newDir(), seed: 20 }

afterAll(() => {
  killAll()
  removeDir(run.stage)
})

/** What was broken, by section. */
function brokenIn(sections: Section[]): Record<string, unknown> {
  return Object.fromEntries(
    sections.flatMap((section) => {
      if (!("verdict" in section)) return []
      const { broken } = section.verdict
      return Object.keys(broken).length === 0 ? [] : [[section.name, broken]]
    }),
  )
}

test("whatever a kill in the first second of a first start leaves, the next start takes up, and no acknowledged job is lost", async () => {
  expect(brokenIn(await tortureByFirstStarts(run, { starts: 12 }))).toEqual({})
})

test("output that nobody reads, that is full or whose reader is gone stops nothing", async () => {
  const ways = ["the reader of both closes", "the reader of both stalls", "both are full from the start"]
  const sections = await Promise.all(ways.map((way) => tortureByOutput(run, [way])))
  expect(brokenIn(sections.flat())).toEqual({})
})

test("a signal that asks for an end gets one in good order, from the first answer on, and no call is made again", async () => {
  expect(brokenIn(await Promise.all([hangUp(run), endEarly(run, 6)]))).toEqual({})
})

test("a kill in the middle of streams makes up no end: each job ends, with the whole answer or none", async () => {
  expect(brokenIn([await tortureByStreamKills(run, { kills: 1, streams: 40 })])).toEqual({})
})

test("a kill in the middle of streamed responses in the background leaves every reader with the same events, and an end", async () => {
  expect(brokenIn(await tortureByAnswers(run, { rounds: 2, openMost: 8, roundMsMax: 800 }))).toEqual({})
})
