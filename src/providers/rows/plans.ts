// Subscriptions to coding models, whose keys are valid at addresses of their own and nowhere else.
import type { Row } from "../provider.ts"
import { dashscopeMeanings, zhipuMeanings } from "./makers.ts"
import { maxTokens, olderRoles, serve } from "./serving.ts"

/** Of plans whose terms could not be read. */
const terms =
  "not verified: whether the plan allows calls by other programs than the coding tools that its provider lists"

export const plans: Readonly<Record<string, Row>> = {
  // https://docs.z.ai/devpack/quick-start (read 2026-12-01); max_tokens and roles: https://docs.z.ai/api-reference/llm/chat-completion;
  // models.dev zai-coding-plan
  "zai-coding-plan": {
    baseUrl: "https://api.z.ai/api/coding/paas/v4",
    root: "/api/coding/paas/v4",
    keyVariable: "ZHIPU_API_KEY",
    keyVariables: ["ZAI_API_KEY", "ZHIPU_API_KEY"],
    endpoints: serve(["chat_completion"], { chat_completion: { rename: maxTokens, within: olderRoles } }),
    meanings: zhipuMeanings,
    pricedAs: null,
    caveat: "the plan may be used only with the coding tools that [Z.AI lists](https://docs.z.ai/devpack/tool/others)",
  },

  // https://docs.bigmodel.cn/cn/coding-plan/latest-model by models.dev zhipuai-coding-plan (2026-06-25); max_tokens and roles as at Z.AI
  "zhipuai-coding-plan": {
    baseUrl: "https://open.bigmodel.cn/api/coding/paas/v4",
    root: "/api/coding/paas/v4",
    keyVariable: "ZHIPU_API_KEY",
    keyVariables: ["ZHIPUAI_API_KEY", "ZHIPU_API_KEY"],
    endpoints: serve(["chat_completion"], { chat_completion: { rename: maxTokens, within: olderRoles } }),
    meanings: zhipuMeanings,
    pricedAs: null,
    caveat: terms,
  },

  // https://www.alibabacloud.com/help/en/model-studio/coding-plan by models.dev alibaba-coding-plan (2026-06-25); roles as at alibaba
  "alibaba-coding-plan": {
    baseUrl: "https://coding-intl.dashscope.aliyuncs.com/v1",
    keyVariable: "ALIBABA_CODING_PLAN_API_KEY",
    endpoints: serve(["chat_completion"], { chat_completion: { within: olderRoles } }),
    meanings: dashscopeMeanings,
    pricedAs: null,
    caveat: terms,
  },

  // https://help.aliyun.com/zh/model-studio/coding-plan by models.dev alibaba-coding-plan-cn (2026-06-25); roles as at alibaba
  "alibaba-coding-plan-cn": {
    baseUrl: "https://coding.dashscope.aliyuncs.com/v1",
    keyVariable: "ALIBABA_CODING_PLAN_API_KEY",
    endpoints: serve(["chat_completion"], { chat_completion: { within: olderRoles } }),
    meanings: dashscopeMeanings,
    pricedAs: null,
    caveat: terms,
  },

  // https://cloud.tencent.com/document/product/1823/130096 (of 2026-06-22, read 2026-12-01); models.dev tencent-coding-plan
  "tencent-coding-plan": {
    baseUrl: "https://api.lkeap.cloud.tencent.com/coding/v3",
    root: "/coding/v3",
    keyVariable: "TENCENT_CODING_PLAN_API_KEY",
    endpoints: serve(["chat_completion"]),
    pricedAs: null,
    caveat: terms,
  },

  // https://developer.volcengine.com/articles/7615528054736945158 (read 2026-12-01): its models have other names than Ark's
  "volcengine-coding-plan": {
    baseUrl: "https://ark.cn-beijing.volces.com/api/coding/v3",
    root: "/api/coding/v3",
    keyVariable: "ARK_API_KEY",
    endpoints: serve(["chat_completion"]),
    pricedAs: null,
    caveat: terms,
  },
}
