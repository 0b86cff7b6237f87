// The API document without its paths, which come from the routes: OpenAPI 3.1, with the components that operations refer to.
import type { swagger } from "@elysiajs/swagger"
import Type, { type TObject, type TSchema } from "typebox"
import { findJobsPath } from "../../endpoints/clienttypes.ts"
import { type DescribedEndpoint, described } from "../../endpoints/endpoint.ts"
import { endpoints } from "../../endpoints/endpoints.ts"
import { bifrost } from "../dialects/bifrost.ts"
import { bulkSchemas } from "./bulkschemas.ts"
import { headers, parameters, security, securitySchemes } from "./components.ts"
import { anyJob } from "./operations.ts"
import { describeRefusals } from "./refusals.ts"
import { ref } from "./schemaparts.ts"
import { describeEndedJob, nameSchema, routingFields, schemas } from "./schemas.ts"

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
      ...endpoints.map((endpoint) => ({
        name: endpoint.summary,
        description: `Jobs at \`${bifrost.prefix}${findJobsPath(endpoint)}\`.`,
      })),
      { name: anyJob, description: "Jobs of any type, wherever they were submitted." },
      { name: "bulk", description: "All jobs that match a filter." },
      { name: "files", description: "What batches read and write, as OpenAI's clients upload and fetch it." },
      { name: "batches", description: "Many requests in one file, as OpenAI's clients send them." },
      {
        name: "responses in the background",
        description: "Responses, after they were asked for, as OpenAI's clients retrieve them.",
      },
      { name: "conversations", description: "What responses are turns of, as OpenAI's clients keep it." },
      { name: "models", description: "The models that can be called." },
      { name: "dashboard", description: "What the dashboard shows of the gateway while it runs." },
      { name: "virtual keys", description: "The keys of this gateway's callers. For the admin." },
      { name: "webhooks", description: "Who is told when jobs end. For the operator." },
      {
        name: "webhook endpoints",
        description: "Who is told when a caller's own jobs end, as OpenAI's clients manage it.",
      },
      { name: "health", description: "The gateway itself." },
    ],
    components: {
      schemas: { ...schemas, ...bulkSchemas, ...Object.fromEntries(endpoints.map(described).flatMap(listSchemas)) },
      parameters,
      headers,
      responses: describeRefusals(),
      securitySchemes,
    },
  }
  // The plugin's types know OpenAPI 3.0 only.
  return api as unknown as Document
}

/** What goes in and comes out at one endpoint, with what the gateway itself reads and adds. */
function listSchemas(endpoint: DescribedEndpoint): [name: string, schema: unknown][] {
  const name = nameSchema(endpoint)
  const { requestSchema, formSchema, resultSchema, exampleResult } = endpoint
  const make = (schema: TSchema) => (endpoint.forms.includes("json") ? makeRequest(schema) : makeForm(schema, endpoint))
  return [
    [`${name}Request`, make(requestSchema)],
    ...(endpoint.stream ? [[`${name}Call`, make(allowStream(requestSchema))] as [string, unknown]] : []),
    ...(formSchema ? [[`${name}Form`, makeForm(formSchema, endpoint)] as [string, unknown]] : []),
    [`${name}Result`, { allOf: [openObjects({ ...resultSchema, examples: [exampleResult] }), ref("ResultFields")] }],
    [`${name}Job`, describeEndedJob(ref(`${name}Result`), `A job that has ended: ${endpoint.summary}.`)],
  ]
}

/** A request as JSON: what the gateway reads of it, and what is its endpoint's. */
function makeRequest(schema: TSchema) {
  return { allOf: [ref("Routing"), openObjects(schema)] }
}

/** The same request where its answer can be a stream. */
function allowStream(schema: TSchema): TSchema {
  const { properties } = schema as TObject
  const stream = "stream" in properties ? { stream: Type.Union([Type.Boolean(), Type.Null()]) } : {}
  const format = "stream_format" in properties ? { stream_format: Type.Union([Type.String(), Type.Null()]) } : {}
  return { ...schema, properties: { ...properties, ...stream, ...format } }
}

/** A request as a form, in one piece: a page that shows the document makes fields of what stands at its top. */
function makeForm(schema: TSchema, { example }: DescribedEndpoint) {
  const { properties, required = [], ...rest } = openObjects(schema) as TObject
  const fields = { ...routingFields, ...properties } as Record<string, object>
  const filled = Object.entries(fields).map(([name, field]) => [
    name,
    name in example ? { ...field, examples: [example[name]] } : field,
  ])
  return { ...rest, required: ["model", ...required], properties: Object.fromEntries(filled) }
}

/** JSON Schema allows unknown members by default, at every depth. Generators of types need that to be written out. */
function openObjects(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(openObjects)
  if (typeof schema !== "object" || schema === null) return schema
  const parts = Object.entries(schema).map(([name, part]) => [name, name === "examples" ? part : openObjects(part)])
  const { type, patternProperties } = schema as { type?: unknown; patternProperties?: unknown }
  const isObject = [type].flat().includes("object") && patternProperties === undefined
  return { ...Object.fromEntries(parts), ...(isObject ? { additionalProperties: true } : {}) }
}
