// The operations of the API document on virtual keys. See operations.ts.
import type { DocumentDecoration } from "elysia"
import { listHeaderRefs, listParameterRefs } from "./components.ts"
import { managedKeyExample } from "./liveexamples.ts"
import { refusalRefs } from "./refusals.ts"
import { ref } from "./schemaparts.ts"

const tags = ["virtual keys"]
const keyId = {
  name: "key_id",
  in: "path",
  required: true,
  description: "The `id` of a virtual key, as the list has it.",
  schema: { type: "string" },
} as const

function describeAnswer(schema: string, description: string, example: object) {
  return {
    description,
    headers: listHeaderRefs("x-request-id"),
    content: { "application/json": { schema: ref(schema), example } },
  }
}

export const keyOperations = {
  keys: (): DocumentDecoration => ({
    operationId: "listVirtualKeys",
    tags,
    summary: "List virtual keys",
    description: "Those of config.json and those that the command line or this API made, without their values.",
    parameters: listParameterRefs("x-request-id"),
    responses: {
      200: describeAnswer("KeyList", "The keys.", { object: "list", data: [managedKeyExample] }),
      ...refusalRefs.keys,
    },
  }),

  makeKey: (): DocumentDecoration => ({
    operationId: "makeVirtualKey",
    tags,
    summary: "Make a virtual key",
    description: "The value is in this response and nowhere else: only its digest is kept.",
    parameters: listParameterRefs("x-request-id"),
    requestBody: {
      required: true,
      content: {
        "application/json": { schema: ref("KeyRequest"), example: { name: "team-a", max_concurrent_jobs: 8 } },
      },
    },
    responses: {
      201: describeAnswer("MadeKey", "The key counts from now on.", {
        ...managedKeyExample,
        value: "sk-bf-Xq2mT0s4bJb0C6m1rY8dZk3vWn5aLhPe",
      }),
      ...refusalRefs.makeKey,
    },
  }),

  key: (): DocumentDecoration => ({
    operationId: "viewVirtualKey",
    tags,
    summary: "View a virtual key",
    parameters: [keyId, ...listParameterRefs("x-request-id")],
    responses: { 200: describeAnswer("ManagedKey", "The key.", managedKeyExample), ...refusalRefs.key },
  }),

  changeKey: (): DocumentDecoration => ({
    operationId: "changeVirtualKey",
    tags,
    summary: "Change a virtual key",
    description:
      "Changes the members that are sent; null removes a limit. Jobs that run go on. A key of config.json is changed there.",
    parameters: [keyId, ...listParameterRefs("x-request-id")],
    requestBody: {
      required: true,
      content: { "application/json": { schema: ref("KeyChange"), example: { max_concurrent_jobs: 4 } } },
    },
    responses: {
      200: describeAnswer("ManagedKey", "The key as it is from now on.", managedKeyExample),
      ...refusalRefs.changeKey,
    },
  }),

  revokeKey: (): DocumentDecoration => ({
    operationId: "revokeVirtualKey",
    tags,
    summary: "Revoke a virtual key",
    description: "Nothing is accepted with it any more. Jobs that were accepted with it still end.",
    parameters: [keyId],
    responses: { 204: { description: "The key is gone." }, ...refusalRefs.revokeKey },
  }),
}
