// The API document but for its paths, which come from the routes: OpenAPI 3.1, with all that the operations name in it.
import type { swagger } from "@elysiajs/swagger"
import type { TSchema } from "typebox"
import { type DescribedEndpoint, describedEndpoints } from "../endpoints/descriptions/table.ts"
import { anyJob } from "./documentation.ts"
import { headers, parameters, security, securitySchemes } from "./parameters.ts"
import { refusals } from "./refusals.ts"
import { nameOf, ref, schemas } from "./wire.ts"

type Document = NonNullable<NonNullable<Parameters<typeof swagger>[0]>["documentation"]>

export function describeApi(version: string): Document {
  const api = {
    openapi: "3.1.0",
    info: {
      title: "asyncgate",
      version,
      description:
        "A local gateway that turns AI inference requests into durable jobs: submit one, get its id, collect the answer later.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "This gateway." }],
    security,
    tags: [
      ...describedEndpoints.map(({ summary, path }) => ({ name: summary, description: `Jobs at \`${path}\`.` })),
      { name: anyJob, description: "Jobs of any type, wherever they were submitted." },
      { name: "models", description: "What can be called." },
      { name: "health", description: "The gateway itself." },
    ],
    components: {
      schemas: { ...schemas, ...Object.fromEntries(describedEndpoints.flatMap(schemasOf)) },
      parameters,
      headers,
      responses: refusals(),
      securitySchemes,
    },
  }
  // The plugin's types know OpenAPI 3.0 only.
  return api as unknown as Document
}

/** What goes in and comes out at one endpoint, with what the gateway itself reads and adds. */
function schemasOf(endpoint: DescribedEndpoint): [name: string, schema: unknown][] {
  const name = nameOf(endpoint)
  const { requestSchema, formSchema, resultSchema } = endpoint
  /** That unknown members pass is what a schema says by itself; types made from it are told so. */
  const open = (schema: TSchema) => ({ allOf: [ref("Routing"), { ...schema, additionalProperties: true }] })
  const ended = { type: "object", properties: { result: ref(`${name}Result`) } }
  return [
    [`${name}Request`, open(requestSchema)],
    ...(formSchema ? [[`${name}Form`, open(formSchema)] as [string, unknown]] : []),
    [`${name}Result`, { allOf: [resultSchema, ref("ResultFields")] }],
    [`${name}Job`, { allOf: [ref("Job"), ended], required: ["expires_at", "completed_at", "status_code"] }],
  ]
}
