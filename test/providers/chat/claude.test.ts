// Claude's models: what each takes, at Anthropic, on Vertex and on Bedrock.
import { describe, expect, test } from "bun:test"
import { anthropicModelCatalog, getModelCapabilities } from "@ai-sdk/anthropic/internal"
import { checkNativeChat } from "../../../src/providers/chat/chatparameters.ts"
import { describeClaude } from "../../../src/providers/chat/claude.ts"
import { checkSubmission } from "../../../src/providers/parameters.ts"
import { resolveProviders } from "../../../src/providers/settings.ts"
import { bodyIn, exercise, type Fields, type PlayerName, players } from "./exercise.ts"

const hello = { messages: [{ role: "user", content: "Hi" }] }
const tool = { type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } }
const onBedrock = (name: string) => `us.anthropic.claude-${name}`

/** What goes out for a request. */
async function sent(name: PlayerName, model: string, request: Fields): Promise<Fields> {
  return bodyIn(await exercise({ ...players[name], model }, { ...hello, ...request }))
}
const bedrock = (model: string, request: Fields) => sent("bedrock", onBedrock(model), request)
const anthropic = (model: string, request: Fields) => sent("anthropic", `claude-${model}`, request)
const checked = (name: PlayerName, model: string, request: Fields) =>
  checkNativeChat(players[name].family, model, { ...hello, ...request })

describe("what is known of a model", () => {
  test.each(Object.keys(anthropicModelCatalog))("agrees with the package: %s", (name) => {
    const found = getModelCapabilities(name)
    for (const written of [name, onBedrock(name.replace("claude-", "")), `${name}@20260101`, `${name}-20260101-v1:0`]) {
      const { isAdaptive, alwaysThinks, refusesForcedTools, refusesBudget } = describeClaude(written)
      expect({ isAdaptive, alwaysThinks, refusesForcedTools }).toEqual({
        isAdaptive: found.supportsAdaptiveThinking,
        alwaysThinks: found.rejectsThinkingDisabled,
        refusesForcedTools: found.rejectsForcedToolUse,
      })
      // Anthropic's documents name more models than the package does.
      if (found.rejectsBudgetThinking) expect(refusesBudget).toBe(true)
    }
  })

  test("is nothing of models before 4.6 and of others", () => {
    const nothing = {
      isAdaptive: false,
      alwaysThinks: false,
      refusesBudget: false,
      refusesForcedTools: false,
      isUnstructuredOnBedrock: false,
    }
    for (const name of [
      "claude-3-7-sonnet-20250219",
      "claude-sonnet-4-20250514",
      "claude-opus-4@20250514",
      "kimi-k2",
    ]) {
      expect([name, describeClaude(name)]).toEqual([name, nothing])
    }
  })
})

describe("without a limit of tokens", () => {
  test("the limit is what can be answered within the timeout, and what the model can", async () => {
    expect(await anthropic("sonnet-5-5", {})).toMatchObject({ max_tokens: 21_333 })
    expect(await sent("vertex-claude", "claude-opus-4-1@20250805", {})).toMatchObject({ max_tokens: 21_333 })
    expect(await bedrock("sonnet-5-5", {})).toMatchObject({ inferenceConfig: { maxTokens: 21_333 } })
    expect(await anthropic("3-haiku-20240307", {})).toMatchObject({ max_tokens: 4096 })
    expect(await bedrock("3-haiku-20240307-v1:0", {})).toMatchObject({ inferenceConfig: { maxTokens: 4096 } })
  })

  test("a longer timeout allows more, and a short one not less than many answers need", async () => {
    for (const [timeoutMs, tokens] of [
      [1_800_000, 64_000],
      [86_400_000, 128_000],
      [30_000, 4096],
    ] as const) {
      const exercised = await exercise({ ...players.anthropic, model: "claude-opus-5-5" }, hello, { timeoutMs })
      expect(bodyIn(exercised)).toMatchObject({ max_tokens: tokens })
    }
  })

  test("a budget of thinking fits in, and an effort leaves room for the answer", async () => {
    const thinking = { thinking: { type: "enabled", budget_tokens: 30_000 } }
    expect(await anthropic("sonnet-4-5", thinking)).toMatchObject({
      max_tokens: 37_500,
      thinking: { budget_tokens: 30_000 },
    })
    expect(await bedrock("sonnet-4-5-20250929-v1:0", { reasoning_effort: "high" })).toMatchObject({
      inferenceConfig: { maxTokens: 21_333 },
      additionalModelRequestFields: { thinking: { budget_tokens: 12_799 } },
    })
  })

  test("other models keep their own", async () => {
    expect(await sent("bedrock", "amazon.nova-pro-v1:0", {})).not.toHaveProperty("inferenceConfig")
    expect(await sent("gemini", "gemini-2.5-flash", {})).not.toHaveProperty("generationConfig.maxOutputTokens")
    expect(await sent("anthropic", "kimi-k2", { reasoning_effort: "high" })).toMatchObject({
      max_tokens: 6554,
      thinking: { budget_tokens: 2458 },
    })
  })
})

describe("on Bedrock", () => {
  test("goes out with temperature or top_p, as elsewhere", async () => {
    const both = { temperature: 0.5, top_p: 0.9 }
    const { inferenceConfig } = await bedrock("sonnet-4-5-20250929-v1:0", both)
    expect(inferenceConfig).toEqual({ maxTokens: 21_333, temperature: 0.5 })
    expect(await bedrock("sonnet-4-5-20250929-v1:0", { top_p: 0.9 })).toMatchObject({ inferenceConfig: { topP: 0.9 } })
    expect(await sent("bedrock", "amazon.nova-pro-v1:0", both)).toMatchObject({
      inferenceConfig: { temperature: 0.5, topP: 0.9 },
    })
  })

  test("is not told to stop thinking where it never does", async () => {
    const none = { reasoning_effort: "none" }
    expect(await bedrock("opus-5-5", none)).toMatchObject({
      additionalModelRequestFields: { output_config: { effort: "low" } },
    })
    expect(JSON.stringify(await bedrock("opus-5-5", none))).not.toContain("disabled")
    expect(checked("bedrock", onBedrock("sonnet-5-5"), none).warnings).toEqual([
      "reasoning_effort: this model always thinks, and was asked to with the effort low",
    ])
    expect(await bedrock("haiku-5-5", none)).toMatchObject({
      additionalModelRequestFields: { thinking: { type: "disabled" } },
    })
    expect(checked("bedrock", onBedrock("haiku-5-5"), none).warnings).toEqual([])
  })

  test("returns its thoughts, as elsewhere", async () => {
    const fields = { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "high" } }
    expect(await bedrock("sonnet-5-5", { reasoning_effort: "high" })).toMatchObject({
      additionalModelRequestFields: fields,
    })
    expect(await anthropic("sonnet-5-5", { reasoning_effort: "high" })).toMatchObject(fields)
  })

  const schema = {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  }
  const format = { response_format: { type: "json_schema", json_schema: { name: "city", schema } } }

  test("gets no format and no strict tool where Bedrock refuses them, and is held to a schema as far as it can be", async () => {
    const strict = { ...tool, function: { ...tool.function, strict: true } }
    for (const model of ["haiku-5-5", "opus-5-5", "sonnet-5-5", "sonnet-5", "opus-4-8", "haiku-6"]) {
      const isForcible = model !== "opus-5-5" && model !== "sonnet-5-5"
      const alone = await bedrock(model, format)
      expect(JSON.stringify(alone)).not.toContain("output_config")
      if (isForcible)
        expect(alone).toMatchObject({
          toolConfig: { tools: [{ toolSpec: { name: "json" } }], toolChoice: { any: {} } },
        })
      else expect(JSON.stringify(alone["system"])).toContain("additionalProperties")
      const beside = await bedrock(model, { ...format, tools: [strict] })
      expect(JSON.stringify(beside["system"])).toContain("additionalProperties")
      expect(JSON.stringify(beside)).not.toMatch(/output_config|"strict"|"name":"json"/)
      expect(checked("bedrock", onBedrock(model), { tools: [strict] }).warnings).toEqual([
        "tools[0].function.strict has no counterpart for this model on Bedrock and was not sent",
      ])
    }
    const known = await bedrock("sonnet-4-5-20250929-v1:0", { ...format, tools: [strict] })
    expect(known).toMatchObject({ additionalModelRequestFields: { output_config: { format: { schema } } } })
    expect(checked("bedrock", onBedrock("sonnet-4-5"), { tools: [strict] }).warnings).toEqual([])
  })

  test("is said to be only told a schema", async () => {
    const answer = () => Response.json(said)
    const player = { ...players.bedrock, model: onBedrock("haiku-5-5") }
    const { warnings } = await exercise(player, { ...hello, ...format, tools: [tool] }, { answer })
    expect(warnings).toEqual([
      "response_format: the schema is only a part of the prompt, and the model may not follow it",
    ])
  })

  test("behind the ARN of an application inference profile is known by its alias", async () => {
    const arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123"
    const request = {
      ...hello,
      temperature: 0.5,
      top_p: 0.9,
      reasoning_effort: "none",
      tools: [tool],
      parallel_tool_calls: false,
    }
    for (const knownAs of ["claude-sonnet-4-5", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"]) {
      const player = { ...players.bedrock, model: arn }
      const { received, warnings } = await exercise(player, request, { knownAs, answer: () => Response.json(said) })
      expect(received[0]?.path).toBe(`/model/${encodeURIComponent(arn)}/converse`)
      expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({
        inferenceConfig: { maxTokens: 21_333, temperature: 0.5 },
        additionalModelRequestFields: {
          thinking: { type: "disabled" },
          tool_choice: { disable_parallel_tool_use: true },
        },
      })
      expect(warnings).toEqual(["top_p was not sent: this model takes it or temperature, not both"])
    }
    expect(checkNativeChat("bedrock", arn, request).errors).toMatchObject([{ param: "parallel_tool_calls" }])
  })

  const said = {
    output: { message: { role: "assistant", content: [{ text: "Hi" }] } },
    stopReason: "end_turn",
    usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
  }
})

test("an alias in the configuration tells the model behind an ARN, at the submit too", () => {
  const arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123"
  const aliases = {
    fast: { model_id: arn, model_name: "claude-opus-5-5" },
    "claude-sonnet-4-5": { model_id: arn },
    other: { model_id: arn },
  }
  const keys = [{ value: "AKIA:secret", aliases }]
  const { providers } = resolveProviders({ bedrock: { keys } }, { AWS_REGION: "us-east-1" })
  const bedrock = providers.find(({ name }) => name === "bedrock")
  if (bedrock === undefined) throw new Error("there is no bedrock")
  const fields = { ...hello, tools: [tool], tool_choice: "required", parallel_tool_calls: false }
  const judged = (model: string) =>
    checkSubmission(bedrock, "chat_completion", model, { form: "json", fields, files: [] }).errors.map(
      ({ param }) => param,
    )
  expect(judged("fast")).toEqual(["tool_choice"])
  expect(judged("claude-sonnet-4-5")).toEqual([])
  expect(judged("other")).toEqual(["parallel_tool_calls"])
})

describe("thinking", () => {
  test("as much as the model finds right goes without an effort, which each model has by default", async () => {
    for (const thinking of [{ type: "adaptive" }, { type: "enabled" }]) {
      const summarized = { type: "adaptive", display: "summarized" }
      const direct = await anthropic("sonnet-5-5", { thinking })
      expect(direct).toMatchObject({ thinking: summarized })
      expect(direct).not.toHaveProperty("output_config")
      const { additionalModelRequestFields } = await bedrock("sonnet-5-5", { thinking })
      expect(additionalModelRequestFields).toEqual({ thinking: summarized })
      expect(await anthropic("sonnet-4-5", { thinking })).toMatchObject({
        thinking: { type: "enabled", budget_tokens: 6399 },
      })
      expect(await sent("gemini", "gemini-3-flash-preview", { thinking })).toMatchObject({
        generationConfig: { thinkingConfig: { includeThoughts: true } },
      })
    }
  })

  test.each(["anthropic", "bedrock"] as const)("takes no budget where the model refuses one: %s", async (name) => {
    const model = name === "bedrock" ? onBedrock("opus-5-5") : "claude-opus-5-5"
    const request = { thinking: { type: "enabled", budget_tokens: 2000 } }
    const body = await sent(name, model, request)
    expect(body["additionalModelRequestFields"] ?? body).toMatchObject({
      thinking: { type: "adaptive", display: "summarized" },
    })
    expect(JSON.stringify(body)).not.toContain("budget")
    expect(checked(name, model, request).warnings).toEqual([
      "reasoning: this model takes no budget of tokens, and thinks as much as it finds right",
    ])
  })
})

describe("a forced tool", () => {
  const forced = { tools: [tool], tool_choice: "required" }
  const named = { tools: [tool], tool_choice: { type: "function", function: { name: "look" } } }
  const allowed = {
    tools: [tool],
    tool_choice: { type: "allowed_tools", allowed_tools: { mode: "required", tools: [tool] } },
  }

  test("is refused at the submit by the models that refuse it", () => {
    for (const request of [forced, named, allowed]) {
      for (const [name, model] of [
        ["anthropic", "claude-sonnet-5-5"],
        ["vertex-claude", "claude-opus-5-5"],
        ["bedrock", onBedrock("opus-5-5")],
        ["anthropic", "claude-fable-5-1"],
      ] as const) {
        const { errors } = checked(name, model, request)
        expect(errors).toEqual([
          {
            isUnsupported: true,
            message: "tool_choice cannot force a tool with this model: use auto, and ask for the tool in the prompt",
            param: "tool_choice",
          },
        ])
      }
    }
  })

  test("is refused while a model thinks for a budget, and goes out otherwise", async () => {
    for (const [name, model] of [
      ["anthropic", "claude-sonnet-4-5"],
      ["bedrock", onBedrock("sonnet-4-5-20250929-v1:0")],
    ] as const) {
      expect(checked(name, model, { ...forced, reasoning_effort: "low" }).errors).toMatchObject([
        { param: "tool_choice" },
      ])
      expect(checked(name, model, { ...forced, reasoning_effort: "none" }).errors).toEqual([])
      expect(checked(name, model, forced).errors).toEqual([])
    }
    expect(await anthropic("opus-5", { ...forced, reasoning_effort: "low" })).toMatchObject({
      tool_choice: { type: "any" },
    })
    expect(checked("bedrock", "amazon.nova-pro-v1:0", forced).errors).toEqual([])
  })
})

describe("what Claude refuses is refused at the submit:", () => {
  test("an answer at the end, by the models that continue none", () => {
    const messages = [...hello.messages, { role: "assistant", content: "{" }]
    for (const [name, model] of [
      ["anthropic", "claude-sonnet-4-6"],
      ["vertex-claude", "claude-opus-4-8@default"],
      ["bedrock", onBedrock("haiku-5-5")],
    ] as const) {
      expect(checked(name, model, { messages }).errors).toMatchObject([{ param: "messages[1]" }])
      // Nothing of it is sent.
      const blank = [...hello.messages, { role: "assistant", content: " " }]
      expect(checked(name, model, { messages: blank }).errors).toEqual([])
    }
    expect(checked("anthropic", "claude-sonnet-4-5", { messages }).errors).toEqual([])
    expect(checked("bedrock", "amazon.nova-pro-v1:0", { messages }).errors).toEqual([])
  })

  test("a tool's property with a name of other characters", () => {
    const named = (...names: string[]) => ({
      tools: [
        tool,
        {
          type: "function",
          function: { name: "find", parameters: { properties: Object.fromEntries(names.map((n) => [n, {}])) } },
        },
      ],
    })
    for (const key of ["filter[id]", "$top", "a b", "x".repeat(65), ""]) {
      for (const name of ["anthropic", "vertex-claude", "bedrock"] as const) {
        const { errors } = checked(name, players[name].model, named("good", key))
        expect(errors).toMatchObject([{ param: "tools[1].function.parameters" }])
        expect(errors[0]?.message).toContain(JSON.stringify(key))
      }
      expect(checked("gemini", "gemini-2.5-flash", named(key)).errors).toEqual([])
    }
    expect(checked("anthropic", "claude-sonnet-4-5", named("a.b-c_D9", "x".repeat(64))).errors).toEqual([])
  })
})

test("JSON without a schema is asked for in the prompt, behind the caller's instructions", async () => {
  const request = {
    messages: [{ role: "system", content: "Be brief." }, ...hello.messages],
    response_format: { type: "json_object" },
  }
  const texts = [{ text: "Be brief." }, { text: expect.stringMatching(/^Answer with one JSON object/) }]
  expect(await sent("anthropic", "claude-opus-5-5", request)).toMatchObject({ system: texts })
  expect(await sent("bedrock", "amazon.nova-pro-v1:0", request)).toMatchObject({ system: texts })
  const forced = { ...request, tools: [tool], tool_choice: "required" }
  expect(await anthropic("sonnet-4-5", forced)).toMatchObject({ system: [{ text: "Be brief." }] })
  expect(checked("anthropic", "claude-sonnet-4-5", forced).warnings).toEqual([])
  expect(await sent("gemini", "gemini-2.5-flash", request)).toMatchObject({
    generationConfig: { responseMimeType: "application/json" },
  })
})
