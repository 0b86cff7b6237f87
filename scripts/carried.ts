// What each provider carries of a request, leaves out with a warning, and refuses: found by asking the checks of the submit.
import { getEndpoint } from "../src/endpoints/endpoints.ts"
import { isFamily, isOperation, isUpstreamJob } from "../src/providers/adapternames.ts"
import { checkSubmission } from "../src/providers/parameters.ts"
import type { Differences, EndpointSupport, ProviderSettings } from "../src/providers/provider.ts"
import { rows } from "../src/providers/registry.ts"
import { withTranslations } from "../src/providers/settings.ts"
import { readSources } from "../test/providers/sources.ts"
import { probes } from "./probes.ts"

/** Providers whose models differ in what they take: what kind of model -> one of them. */
const models: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  anthropic: { "": "claude-sonnet-5-5" },
  gemini: { "": "gemini-3-flash-preview" },
  vertex: { Gemini: "gemini-2.5-pro", Claude: "claude-sonnet-5-5@20260901" },
  bedrock: { Claude: "anthropic.claude-sonnet-5-5-v1:0", "other models": "amazon.nova-lite-v1:0" },
  cohere: { "": "command-a-03-2025" },
  replicate: { "OpenAI's models": "openai/gpt-5", "other models": "meta/meta-llama-3-70b-instruct" },
}

/** What a provider requires that a request type does not. */
const needed: Readonly<Record<string, Record<string, unknown>>> = { "cohere transcription": { language: "en" } }

type Endpoints = ProviderSettings["endpoints"]

interface Verdicts {
  carried: string[]
  left: string[]
  refused: string[]
}

/** A section for what is translated into another request type, and one for each provider that is not built in. */
export function listCarried(): string {
  const sections = Object.keys(rows)
    .filter((name) => name !== "mock")
    .map((name) => `### ${name}\n\n${citeSources(name)}\n\n${describe(name)}`)
  return [describeTranslations(), ...sections].join("\n\n")
}

function describeTranslations(): string {
  const plain = { adapter: "raw", path: "/" } as const
  const [viaChat, viaResponses] = [{ chat_completion: plain }, { responses: plain }].map(withTranslations)
  const cells = (requestType: string, endpoints: Endpoints = {}) => {
    const { carried, left, refused } = judge("the provider", requestType, "m", endpoints)
    return [carried, left, refused].map((labels) => labels.join(", "))
  }
  return `### Translated request types

This is so wherever the matrix has \`t\`. What is asked in its place then has the limits of its own request type.

${table([
  ["responses as a chat", ...cells("responses", viaChat)],
  ["completions as a chat", ...cells("text_completion", viaChat)],
  ["chats as responses", ...cells("chat_completion", viaResponses)],
])}`
}

function citeSources(name: string): string {
  const { links, readOn = "a day that nobody noted" } = readSources(name)
  const cited = links.map((link) => {
    const { host, pathname } = new URL(link)
    const last = pathname.split("/").findLast((part) => part !== "") ?? ""
    return `[${host.replace(/^www\./, "")}/…/${last}](${link})`
  })
  return `Last read on ${readOn}: ${cited.join(", ")}.`
}

/** A line for all request types of which nothing is changed, and a table of the others. */
function describe(name: string): string {
  const endpoints = withTranslations(rows[name]?.endpoints ?? {})
  const served = Object.entries(endpoints).filter(([, { via }]) => via !== "chat" && via !== "responses")
  const lines = served.flatMap(([requestType, support]) => describeType(name, requestType, support, endpoints))
  const unchanged = lines.filter(({ cells }) => cells === null).map(({ label }) => label)
  const changed = lines.flatMap(({ label, cells }) => (cells === null ? [] : [[label, ...cells]]))
  return [
    ...(unchanged.length > 0 ? [`As they come, whatever they ask for: ${unchanged.join(", ")}.`] : []),
    ...(changed.length > 0 ? [table(changed)] : []),
  ].join("\n\n")
}

function table(body: readonly string[][]): string {
  const head = ["request type", "carried", "left out, with a warning", "refused"]
  return [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
}

interface Line {
  label: string
  /** Null: nothing is changed. */
  cells: string[] | null
}

function describeType(name: string, requestType: string, support: EndpointSupport, endpoints: Endpoints): Line[] {
  const { adapter, via } = support
  const { path } = getEndpoint(requestType)
  const isTranslated = via !== undefined || isFamily(adapter) || isOperation(adapter) || isUpstreamJob(adapter)
  const kinds = requestType === "chat_completion" ? (models[name] ?? { "": "m" }) : { "": "m" }
  return Object.entries(kinds).map(([kind, model]) => {
    const label = `\`${path}\`${kind === "" ? "" : `, ${kind}`}`
    const { carried, left, refused } = judge(name, requestType, model, endpoints)
    const otherwise = listOtherwise(support)
    left.push(...listLeftWithin(support))
    if (!isTranslated && left.length + refused.length + otherwise.length === 0) return { label, cells: null }
    const kept = isTranslated ? carried : [...otherwise, "all else as it comes"]
    return { label, cells: [kept, left, refused].map((labels) => labels.join(", ")) }
  })
}

function judge(name: string, requestType: string, model: string, endpoints: Endpoints): Verdicts {
  const { base, files = [], asks } = probes[requestType] ?? { base: {}, asks: {} }
  const provider = { name, endpoints, keys: [] } as unknown as ProviderSettings
  const ask = (members: Record<string, unknown>) =>
    checkSubmission(provider, requestType, model, {
      form: files.length > 0 ? "multipart" : "json",
      fields: { model, ...base, ...needed[`${name} ${requestType}`], ...members },
      files: files.map((file) => ({ name: file, fileName: file, contentType: null, bytes: 1 })),
    })
  const usual = ask({})
  if (usual.errors[0]) throw new Error(`${name} refuses the plainest ${requestType}: ${usual.errors[0].message}`)
  const verdicts: Verdicts = { carried: [], left: [], refused: [] }
  for (const [label, members] of Object.entries(asks)) {
    const { errors, warnings } = ask(members)
    const warned = warnings.filter((warning) => !usual.warnings.includes(warning))
    const isLeft = warned.some((warning) => /\bnot sent\b|\bno counterpart\b/.test(warning))
    const quoted = quote(label, members)
    if (errors.length > 0) verdicts.refused.push(quoted)
    else if (isLeft) verdicts.left.push(quoted)
    else verdicts.carried.push(warned.length > 0 ? `${quoted} (with a warning)` : quoted)
  }
  return verdicts
}

/** What is written otherwise: `messages.role` developer as system. */
function listOtherwise({ models = {}, ...differences }: EndpointSupport): string[] {
  const named = Object.entries(models).map(([ours, [member, theirs]]) => `\`model\` ${ours} as \`${member}\` ${theirs}`)
  return [...named, ...listDifferences(differences, "")]
}

/** @param at the path of the object, with a dot at its end */
function listDifferences({ rename = {}, values = {}, required = {}, within = {} }: Differences, at: string): string[] {
  const written = (theirs: string | number | null) => (theirs === null ? "by its absence" : `as ${theirs}`)
  return [
    ...Object.entries(rename).map(([ours, theirs]) => `\`${at}${ours}\` as \`${theirs}\``),
    ...Object.entries(values).flatMap(([member, theirs]) =>
      Object.entries(theirs).map(([ours, value]) => `\`${at}${member}\` ${ours} ${written(value)}`),
    ),
    ...Object.keys(required).map((member) => `\`${at}${member}\` added where it is missing`),
    ...Object.entries(within).flatMap(([member, inner]) => listDifferences(inner, `${at}${member}.`)),
  ]
}

function listLeftWithin({ within = {} }: Differences, at = ""): string[] {
  return Object.entries(within).flatMap(([member, inner]) => [
    ...(inner.drop ?? []).map((name) => `\`${at}${member}.${name}\``),
    ...listLeftWithin(inner, `${at}${member}.`),
  ])
}

/** `response_format` json_schema: the member is quoted, and what of it is asked is not. */
function quote(label: string, members: Record<string, unknown>): string {
  const [name = "", ...rest] = label.split(" ")
  const isMember = Object.hasOwn(members, name) || Object.hasOwn(members, `${name}[]`)
  return isMember ? [`\`${name}\``, ...rest].join(" ") : label
}
