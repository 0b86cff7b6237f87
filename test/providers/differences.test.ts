// Holds the edit of a body to what it means: the same edit of the parsed body, and every byte besides as it came.
import { expect, test } from "bun:test"
import { editBody } from "../../src/providers/differences.ts"
import type { EndpointSupport } from "../../src/providers/provider.ts"
import { below, createRandom } from "../random.ts"

type Fields = Record<string, unknown>

const support: EndpointSupport = {
  adapter: "raw",
  path: "/p",
  rename: { seed: "random_seed" },
  drop: ["user"],
  values: { mode: { fast: "quick", slow: null } },
  within: {
    messages: { values: { role: { developer: "system" } }, drop: ["name"], unless: { role: "tool" } },
    tools: { within: { function: { required: { parameters: { type: "object" } } } } },
  },
}

/** The same of a parsed body. */
function edited({ user: _, seed, mode, messages, tools, ...rest }: Fields): Fields {
  const others = (messages as Fields[]).map((message) => {
    if (message["role"] === "tool") return message
    const { name: _name, role, ...more } = message
    return { ...more, ...(role === undefined ? {} : { role: role === "developer" ? "system" : role }) }
  })
  const described = (tools as { function?: Fields }[]).map((tool) =>
    tool.function === undefined ? tool : { ...tool, function: { parameters: { type: "object" }, ...tool.function } },
  )
  return {
    ...rest,
    ...{ model: "m", messages: others, tools: described },
    ...(mode === undefined || mode === "slow" ? {} : { mode: mode === "fast" ? "quick" : mode }),
    ...(seed === undefined ? {} : { random_seed: seed }),
  }
}

test("a body is edited as its parsed values are, whatever stands in it and however it is spaced", () => {
  const random = createRandom(13)
  const pick = (...of: unknown[]) => of[below(random, of.length)]
  const maybe = (members: Fields): Fields => (random() < 0.5 ? members : {})
  const texts = ['"developer"', "name", '{"role":"developer"}', "é \\ \n ]", ""]
  for (let round = 0; round < 300; round++) {
    const message = () => ({
      ...maybe({ name: pick("ann", texts[0], 5) }),
      ...maybe({ role: pick("developer", "user", "tool", "assistant") }),
      content: pick(...texts, [{ type: "text", text: pick(...texts), role: "developer", name: "kept" }]),
    })
    const tool = () => ({
      type: pick("function", "other"),
      ...maybe({ function: { name: "f", ...maybe({ parameters: {} }) } }),
    })
    const list = <T>(make: () => T) => Array.from({ length: below(random, 4) }, make)
    const body: Fields = {
      ...maybe({ user: "u" }),
      ...maybe({ mode: pick("fast", "slow", "other", 7) }),
      model: "up/m",
      ...maybe({ seed: pick(1, "1", [1]) }),
      messages: list(message),
      tools: list(tool),
      ...maybe({ other: { messages: [{ role: "developer", name: "kept" }], user: "kept" } }),
    }
    const { text } = editBody(JSON.stringify(body, null, pick("", " ", "\t") as string), "m", support, [])
    expect(JSON.parse(text)).toEqual(edited(body))
  }
})

test("numbers within what is edited keep their digits", () => {
  const numbers = "[9007199254740993,1e400,-0,1.10,123456789012345678901234567890]"
  const body = `{"model":"up/m","messages":[{"role":"developer","n":${numbers}}],"x":${numbers}}`
  expect(editBody(body, "m", support, []).text).toBe(
    `{"model":"m","messages":[{"role":"system","n":${numbers}}],"x":${numbers}}`,
  )
})
