// Platforms in China. Those that also exist elsewhere have other accounts, keys, addresses and prices here.
import type { Row } from "../provider.ts"
import { dashscopeMeanings, minimaxRefusal } from "./makers.ts"
import { maxTokens, olderRoles, own, serve } from "./serving.ts"

export const china: Readonly<Record<string, Row>> = {
  // Volcengine Ark. https://www.volcengine.com/docs/82379/1263482 (chat, embeddings; read 2026-12-01); responses, roles and the members of
  // images: https://github.com/volcengine/volcengine-python-sdk/blob/master/volcenginesdkarkruntime/resources/images/images.py
  volcengine: {
    baseUrl: "https://ark.cn-beijing.volces.com/api/v3",
    root: "/api/v3",
    keyVariable: "ARK_API_KEY",
    endpoints: serve(["chat_completion", "responses", "embedding", "image_generation"], {
      chat_completion: { within: olderRoles },
      image_generation: { drop: ["user"], reject: ["n", "quality", "style"] },
    }),
    pricedAs: null,
  },

  // Baidu Qianfan. https://cloud.baidu.com/doc/WENXINWORKSHOP/s/2m3fihw8s (address and key),
  // https://cloud.baidu.com/doc/qianfan-api/s/3m7of64lb (chat), https://cloud.baidu.com/doc/qianfan-api/s/2m7u4zt74 (rerank; read 2026-12-01)
  qianfan: {
    baseUrl: "https://qianfan.baidubce.com/v2",
    root: "/v2",
    keyVariable: "QIANFAN_API_KEY",
    endpoints: serve(["chat_completion", "rerank"], { chat_completion: { within: olderRoles } }),
    pricedAs: null,
    caveat: "not verified: whether its rankings are in Cohere's form; its documents name no variable for the key",
  },

  // https://platform.moonshot.cn/docs/api/chat (read 2026-12-01); key variable: models.dev moonshotai-cn
  "moonshotai-cn": {
    baseUrl: "https://api.moonshot.cn/v1",
    keyVariable: "MOONSHOT_API_KEY",
    endpoints: serve(["chat_completion"], { chat_completion: { within: olderRoles } }),
    pricedAs: null,
  },

  // https://docs.siliconflow.cn/docs/api/chat-completions-post (max_tokens alone), https://docs.siliconflow.cn/llms.txt (read 2026-12-01);
  // key variable: models.dev siliconflow-cn
  "siliconflow-cn": {
    baseUrl: "https://api.siliconflow.cn/v1",
    keyVariable: "SILICONFLOW_CN_API_KEY",
    endpoints: {
      ...serve(["chat_completion", "embedding", "speech", "transcription", "rerank"], {
        chat_completion: { rename: maxTokens },
      }),
      ...own({ image_generation: "siliconflow-image", image_edit: "siliconflow-image" }),
    },
    pricedAs: null,
    caveat: "not verified: whether its images, sounds and rankings have the form of siliconflow.com",
  },

  // https://www.alibabacloud.com/help/model-studio/base-url (of 2026-10-11, read 2026-12-01), responses:
  // https://help.aliyun.com/zh/model-studio/compatibility-with-openai-responses-api; models.dev alibaba-cn
  "alibaba-cn": {
    baseUrl: "https://dashscope.aliyuncs.com/compatible-mode/v1",
    root: "/compatible-mode/v1",
    keyVariable: "DASHSCOPE_API_KEY",
    keyVariables: ["DASHSCOPE_API_KEY", "ALIBABA_API_KEY"],
    endpoints: serve(["chat_completion", "responses", "embedding"], { chat_completion: { within: olderRoles } }),
    meanings: dashscopeMeanings,
    pricedAs: null,
  },

  // https://platform.minimaxi.com/docs/api-reference/text-openai-api, https://platform.minimaxi.com/docs/api-reference/responses-create
  // (read 2026-12-01); what is ignored, and the codes of refusals, as at minimax.io; key variable: models.dev minimax-cn
  "minimax-cn": {
    baseUrl: "https://api.minimaxi.com/v1",
    keyVariable: "MINIMAX_API_KEY",
    endpoints: serve(["chat_completion", "responses"], {
      chat_completion: {
        reject: ["n", "frequency_penalty", "presence_penalty", "logit_bias"],
        within: olderRoles,
        refusal: minimaxRefusal,
      },
    }),
    pricedAs: null,
  },

  // https://modelscope.cn/docs/model-service/API-Inference/intro by models.dev modelscope (2026-06-25)
  modelscope: {
    baseUrl: "https://api-inference.modelscope.cn/v1",
    keyVariable: "MODELSCOPE_API_KEY",
    endpoints: serve(["chat_completion"]),
    pricedAs: null,
    caveat: "not verified: its documents were read by others (models.dev)",
  },
}
