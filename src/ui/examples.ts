// The examples of the API document: what a request of each type holds, and which files. The document is read by the screen that needs it.
import { read } from "./client.ts"
import { type Resource, useResource } from "./resource.ts"
import type { Fields } from "./views/read.ts"

export interface FileField {
  name: string
  /** Media types, with commas. */
  accept: string
  /** Under which name several are sent; null: there is one. */
  many: string | null
  isRequired: boolean
}

export interface Example {
  body: Fields
  /** Null: the request is JSON. */
  files: readonly FileField[] | null
}

interface Content {
  example?: Fields
  encoding?: Record<string, { contentType?: string }>
}

interface ApiDocument {
  paths: Record<string, { post?: { requestBody?: { content?: Record<string, Content> } } }>
}

/** By request type. */
export function useExamples(): Resource<Record<string, Example>> {
  return useResource("/docs/json", null, null, async (path, signal) => {
    const { paths } = await read<ApiDocument>(path, signal)
    return Object.fromEntries(
      Object.entries(JOBS_PATHS).map(([type, path]) => [
        type,
        readExample(paths[`/v1/async${path}`]?.post?.requestBody?.content ?? {}),
      ]),
    )
  })
}

/** Where both are taken, a form is preferred: files can be chosen for it. */
function readExample(content: Record<string, Content>): Example {
  const form = content["multipart/form-data"]
  if (form === undefined) return { body: content["application/json"]?.example ?? { model: "" }, files: null }
  const { example = {}, encoding = {} } = form
  const files = Object.entries(encoding)
    .filter(([name]) => !name.endsWith("[]"))
    .map(([name, { contentType = "" }]) => ({
      name,
      accept: contentType,
      many: `${name}[]` in encoding ? `${name}[]` : null,
      isRequired: name in example,
    }))
  const fields = Object.entries(example).filter(([name]) => !(name in encoding))
  return { body: Object.fromEntries(fields), files }
}
