// What leaves the program is what the providers' own SDKs would send: each request type and its hard cases go through the whole
// program, and what reaches the provider is checked against the types of its official SDK. A new version of an SDK shows here what
// changed: what no longer fits, and what fits by now.
import { beforeAll, describe, expect, test } from "bun:test"
import { excusedAnswers, writeAnswers } from "./answerpages.ts"
import { type Captured, capture } from "./capture.ts"
import { official } from "./official.ts"
import { judge, type Line, type Pages } from "./pages.ts"
import { documented, hasLink, type Question, questions } from "./questions.ts"
import { writeRequests } from "./requestpages.ts"

const providers = Object.keys(official)

const asked = Object.entries(official).flatMap(([provider, { models, downloads }]): Question[] =>
  [
    ...Object.entries(models).flatMap(([requestType, names]) =>
      names.flatMap((model) =>
        Object.entries(questions[requestType] ?? {}).map(([name, asked]) => ({
          ...{ name, provider, requestType, model, asked },
        })),
      ),
    ),
    ...documented.filter((question) => question.provider === provider),
  ].filter(({ asked }) => !downloads || !hasLink(asked)),
)

let captured: Captured[]
let untyped: string[]
const [requests, answers]: [Pages, Pages] = [new Map(), new Map()]
beforeAll(async () => {
  captured = await capture(asked)
  untyped = await writeRequests(captured, requests)
  await writeAnswers(answers)
  await judge(new Map([...requests, ...answers]))
}, 240_000)

const linesOf = (pages: Pages, is: Line["is"]) =>
  [...pages.values()].flatMap(({ lines }) => lines).filter((line) => line.is === is)
const tell = (lines: Line[]) =>
  lines.filter(({ findings }) => findings.length > 0).map(({ label, findings }) => `${label}: ${findings.join("\n")}`)

describe("every request is one that the official SDK could send, or the row says why it is sent all the same:", () => {
  test.each(providers)("%s", (name) => {
    expect(tell(linesOf(requests, "expected to fit").filter(({ provider }) => provider === name))).toEqual([])
  })
})

test("what a row excuses does not fit yet", () => {
  const excused = linesOf(requests, "excused")
  const needed = excused.filter(({ findings }) => findings.length > 0).map(({ label }) => label)
  expect(listExcuses().filter((excuse) => !needed.includes(excuse))).toEqual([])
})

test("every example of an answer is one that the official SDK reads", () => {
  expect(tell(linesOf(answers, "expected to fit"))).toEqual([])
  const excused = linesOf(answers, "excused").filter(({ findings }) => findings.length > 0)
  expect(excused.map(({ label }) => label).sort()).toEqual(Object.keys(excusedAnswers).sort())
})

test("every type refuses a member that nobody knows, so that none is taken for known", () => {
  const blind = [requests, answers].flatMap((pages) => linesOf(pages, "with an unknown member"))
  expect(blind.filter(({ findings }) => findings.length === 0).map(({ label }) => label)).toEqual([])
})

test("every path that is asked has a type, or the row says why not", () => {
  expect(untyped).toEqual([])
})

test("what is not sent is refused by the submit, with the member's name", () => {
  const unsent = captured.filter(({ arrived }) => arrived.length === 0)
  const wrong = unsent.filter(({ refusal }) => !refusal?.param || refusal.isLate)
  expect(wrong.map(({ provider, model, name, refusal }) => [provider, model, name, refusal?.message])).toEqual([])
})

/** As their lines are labelled. */
function listExcuses(): string[] {
  return Object.entries(official).flatMap(([provider, { forms, cases = [] }]) => [
    ...forms.flatMap(({ at, members = {} }) => Object.keys(members).map((path) => `${at}: ${path}`)),
    ...cases.flatMap(({ requestType, names }) => names.map((name) => `${provider} ${requestType}: ${name}`)),
  ])
}
