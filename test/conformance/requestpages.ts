// Captured requests as pages: each with the official type of its path.
import type { Captured } from "./capture.ts"
import { print, readRequest, takeOut } from "./literals.ts"
import { type Form, official } from "./official.ts"
import { type Line, type Pages, turnTo } from "./pages.ts"

/** @returns the addresses for which a row has neither a type nor a reason why not */
export async function writeRequests(captured: readonly Captured[], pages: Pages): Promise<string[]> {
  const untyped = new Set<string>()
  for (const question of captured) {
    const { forms = [], untyped: excused = {} } = official[question.provider] ?? {}
    for (const arrived of question.arrived.filter(({ method }) => method === "POST")) {
      const { pathname } = new URL(arrived.url)
      const at = forms.findIndex((form) => form.at.test(pathname))
      const form = forms[at]
      if (form) {
        const { lines } = turnTo(pages, `${question.provider}-${at}.ts`, form.module, form.type)
        lines.push(...linesFor(question, form, await readRequest(arrived, form)))
      } else if (!Object.keys(excused).some((end) => pathname.endsWith(end))) untyped.add(arrived.url)
    }
  }
  return [...untyped]
}

/** A request without what is excused, and for each excused member one that has it. */
function linesFor({ provider, requestType, model, name }: Captured, form: Form, body: unknown): Line[] {
  const { at, members = {} } = form
  const { cases = [] } = official[provider] ?? {}
  const line = (is: Line["is"], label: string, value: unknown): Line => ({
    ...{ provider, label, is, findings: [], text: print(value) },
  })
  const isExcused = cases.some((one) => one.requestType === requestType && one.names.includes(name))
  if (isExcused) return [line("excused", `${provider} ${requestType}: ${name}`, body)]
  const without = (kept?: string) => {
    const rest = structuredClone(body)
    const gone = Object.keys(members).filter((path) => path !== kept && takeOut(rest, path))
    return { rest, gone }
  }
  const { rest, gone } = without()
  return [
    line("expected to fit", `${requestType} ${model} ${name}`, rest),
    ...gone.map((path) => line("excused", `${at}: ${path}`, without(path).rest)),
  ]
}
