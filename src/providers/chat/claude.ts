// In what Anthropic's models differ, wherever they run. Pure. A test holds it to what the SDK package knows of each model.
// https://platform.claude.com/docs/en/about-claude/models/overview, https://platform.claude.com/docs/en/models/opus-5-5/migration-guide,
// https://platform.claude.com/docs/en/models/sonnet-5-5/overview, https://docs.apiyi.com/en/live/2026-11/claude-thinking-guide-refresh

export interface Claude {
  /** Decides itself how much it thinks, guided by an effort: 4.6 and later. */
  isAdaptive: boolean
  /** Refuses `thinking: {type: "disabled"}`. */
  alwaysThinks: boolean
  /** Refuses a budget of thinking in tokens. */
  refusesBudget: boolean
  /** Refuses a tool_choice that forces a tool. */
  refusesForcedTools: boolean
  /**
   * Bedrock refuses its output formats, in either of two members, and strict tools: "Extra inputs are not permitted". So it is with all
   * models after 4.6 that are known of. https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-structured-outputs.html,
   * https://github.com/ax-llm/ax/issues/667, https://github.com/lobehub/lobehub/issues/19876
   */
  isUnstructuredOnBedrock: boolean
}

export function describeClaude(name: string): Claude {
  const isAdaptive = /claude-[a-z]+-(?:4-(?:[6-9]|\d\d)(?!\d)|[5-9](?!\d))/.test(name)
  return {
    isAdaptive,
    isUnstructuredOnBedrock: isAdaptive && !/-4-6/.test(name),
    alwaysThinks: /claude-(?:(?:opus|sonnet)-5-5|fable-5)/.test(name),
    refusesBudget: /claude-(?:(?:opus|sonnet|haiku)-5-5|fable-5|sonnet-5|opus-4-[78])/.test(name),
    refusesForcedTools: /claude-(?:(?:opus|sonnet)-5-5|fable-5-[12](?!\d))/.test(name),
  }
}
