// More providers in OpenAI's form: those in China, subscriptions, and clouds with an account in their address. As shaped.ts has them.
import type { Shaped } from "./shaped.ts"

const chat = ["chat_completion"]
const maxTokens = { chat_completion: { rename: { max_completion_tokens: "max_tokens" } } }
export const newer: Record<string, Shaped> = {
  volcengine: {
    at: "https://ark.cn-beijing.volces.com/api/v3",
    key: "ARK_API_KEY",
    serves: [...chat, "responses", "embedding", "image_generation"],
    limits: { image_generation: { drop: ["user"], reject: ["n", "quality", "style"] } },
    olderRoles: chat,
  },
  qianfan: {
    at: "https://qianfan.baidubce.com/v2",
    key: "QIANFAN_API_KEY",
    serves: [...chat, "rerank"],
    olderRoles: chat,
  },
  "moonshotai-cn": { at: "https://api.moonshot.cn/v1", key: "MOONSHOT_API_KEY", serves: chat, olderRoles: chat },
  "siliconflow-cn": {
    at: "https://api.siliconflow.cn/v1",
    key: "SILICONFLOW_CN_API_KEY",
    serves: [...chat, "embedding", "speech", "transcription", "rerank"],
    limits: maxTokens,
  },
  "alibaba-cn": {
    at: "https://dashscope.aliyuncs.com/compatible-mode/v1",
    key: "DASHSCOPE_API_KEY",
    serves: [...chat, "responses", "embedding"],
    olderRoles: chat,
  },
  "minimax-cn": {
    at: "https://api.minimaxi.com/v1",
    key: "MINIMAX_API_KEY",
    serves: [...chat, "responses"],
    limits: { chat_completion: { reject: ["n", "frequency_penalty", "presence_penalty", "logit_bias"] } },
    olderRoles: chat,
  },
  modelscope: { at: "https://api-inference.modelscope.cn/v1", key: "MODELSCOPE_API_KEY", serves: chat },
  "zai-coding-plan": {
    at: "https://api.z.ai/api/coding/paas/v4",
    key: "ZHIPU_API_KEY",
    serves: chat,
    limits: maxTokens,
    olderRoles: chat,
  },
  "zhipuai-coding-plan": {
    at: "https://open.bigmodel.cn/api/coding/paas/v4",
    key: "ZHIPU_API_KEY",
    serves: chat,
    limits: maxTokens,
    olderRoles: chat,
  },
  "alibaba-coding-plan": {
    at: "https://coding-intl.dashscope.aliyuncs.com/v1",
    key: "ALIBABA_CODING_PLAN_API_KEY",
    serves: chat,
    olderRoles: chat,
  },
  "alibaba-coding-plan-cn": {
    at: "https://coding.dashscope.aliyuncs.com/v1",
    key: "ALIBABA_CODING_PLAN_API_KEY",
    serves: chat,
    olderRoles: chat,
  },
  "tencent-coding-plan": {
    at: "https://api.lkeap.cloud.tencent.com/coding/v3",
    key: "TENCENT_CODING_PLAN_API_KEY",
    serves: chat,
  },
  "volcengine-coding-plan": {
    at: "https://ark.cn-beijing.volces.com/api/coding/v3",
    key: "ARK_API_KEY",
    serves: chat,
  },
  "llama-api": { at: "https://api.llama.com/compat/v1", key: "LLAMA_API_KEY", serves: chat },
  // What is the customer's own in these addresses is in variables.
  "bedrock-mantle": {
    at: "https://bedrock-mantle.us-west-2.api.aws/v1",
    key: "AWS_BEARER_TOKEN_BEDROCK",
    serves: [...chat, "responses"],
  },
  bedrock_mantle: {
    at: "https://bedrock-mantle.eu-central-1.api.aws/v1",
    key: "AWS_BEARER_TOKEN_BEDROCK",
    serves: [...chat, "responses"],
    config: { network_config: { base_url: "https://bedrock-mantle.eu-central-1.api.aws" } },
  },
  "cloudflare-workers-ai": {
    at: "https://api.cloudflare.com/client/v4/accounts/0123abcd/ai/v1",
    key: "CLOUDFLARE_API_TOKEN",
    serves: [...chat, "responses", "embedding"],
  },
  "cloudflare-ai-gateway": {
    at: "https://gateway.ai.cloudflare.com/v1/0123abcd/my-gateway/compat",
    key: "CLOUDFLARE_API_TOKEN",
    header: ["cf-aig-authorization", "Bearer "],
    serves: chat,
  },
  "github-models": {
    at: "https://models.github.ai/inference",
    key: "GITHUB_TOKEN",
    serves: [...chat, "embedding"],
  },
  vultr: { at: "https://api.vultrinference.com/v1", key: "VULTR_API_KEY", serves: [...chat, "embedding"] },
  stackit: {
    at: "https://api.openai-compat.model-serving.eu01.onstackit.cloud/v1",
    key: "STACKIT_API_KEY",
    serves: [...chat, "text_completion", "embedding"],
  },
  gmicloud: { at: "https://api.gmi-serving.com/v1", key: "GMICLOUD_API_KEY", serves: chat },
  "nano-gpt": {
    at: "https://nano-gpt.com/api/v1",
    key: "NANO_GPT_API_KEY",
    serves: [...chat, "text_completion", "responses", "embedding"],
  },
  aihubmix: {
    at: "https://aihubmix.com/v1",
    key: "AIHUBMIX_API_KEY",
    serves: [
      ...[...chat, "text_completion", "responses", "embedding"],
      ...["image_generation", "speech", "transcription"],
    ],
  },
  kilo: { at: "https://api.kilo.ai/api/gateway", key: "KILO_API_KEY", serves: [...chat, "responses"] },
}
