// The operations of the API document that tell what the gateway does while it runs. See operations.ts.
import type { DocumentDecoration } from "elysia"
import { listHeaderRefs, listParameterRefs } from "./components.ts"
import { refusalRefs } from "./refusals.ts"
import { ref } from "./schemaparts.ts"

const live = "dashboard"

export const liveOperations = {
  me: (): DocumentDecoration => ({
    operationId: "me",
    tags: [live],
    summary: "Whom the gateway takes you for",
    description: "The kind of the caller, its virtual key with its limits, and what it may do.",
    parameters: listParameterRefs("x-request-id"),
    responses: {
      200: {
        description: "The caller.",
        headers: listHeaderRefs("x-request-id"),
        content: {
          "application/json": {
            schema: ref("Me"),
            example: {
              kind: "sole_user",
              virtual_key: null,
              may: { list: true, operate: true, manage_keys: false },
              ui: { bodies: true },
              version: "0.1.0",
            },
          },
        },
      },
      ...refusalRefs.me,
    },
  }),
}
