// How the request and the result of each type are shown. What is none of these, or has another form, is shown as JSON.
import type { ComponentType } from "preact"
import { useMemo } from "preact/hooks"
import type { BodyText } from "../bodytext.ts"
import { save } from "../bodytext.ts"
import { explain } from "../client.ts"
import { type FormRequest, nameFile } from "../copyas.ts"
import { writeBytes } from "../format.ts"
import { JsonTree } from "../parts/jsontree.tsx"
import { toast } from "../parts/toast.tsx"
import { readValue } from "../rawjson.ts"
import { OcrRequest, OcrResult, RerankRequest, RerankResult } from "./documents.tsx"
import {
  Box,
  ChatRequest,
  ChatResult,
  CompletionRequest,
  CompletionResult,
  ResponsesRequest,
  ResponsesResult,
} from "./messages.tsx"
import { ImagesResult } from "./pictures.tsx"
import { Prose } from "./prose.tsx"
import { asFields, asList, asText, type Fields } from "./read.ts"
import { SpeechResult, TranscriptionResult } from "./sound.tsx"
import { EmbeddingResult } from "./vectors.tsx"

interface RequestProps {
  value: Fields
}

interface ResultProps {
  id: string
  value: Fields
  isCut: boolean
  /** Null: it is not known. */
  request: Fields | null
}

interface View {
  /** The members that `Request` shows; the others are parameters. */
  shows: readonly string[]
  Request: ComponentType<RequestProps>
  Result: ComponentType<ResultProps>
  /** The members without which a result has another form. */
  has: readonly string[]
  /** What two results are compared by. */
  read(value: Fields): string
}

const images: View = {
  shows: ["prompt"],
  Request: ({ value }) => <Texts who="prompt" texts={[value["prompt"]]} />,
  Result: ImagesResult,
  has: ["data"],
  read: (value) =>
    asList(value["data"])
      .map((image) => asText(asFields(image)["revised_prompt"]) ?? "")
      .join("\n"),
}

const views: Record<string, View> = {
  chat_completion: {
    shows: ["messages"],
    Request: ChatRequest,
    Result: ChatResult,
    has: ["choices"],
    read: (value) => readTexts(asList(value["choices"]).map((choice) => asFields(choice)["message"])),
  },
  responses: {
    shows: ["input", "instructions"],
    Request: ResponsesRequest,
    Result: ResponsesResult,
    has: ["output"],
    read: (value) => readTexts(asList(value["output"])),
  },
  text_completion: {
    shows: ["prompt"],
    Request: CompletionRequest,
    Result: CompletionResult,
    has: ["choices"],
    read: (value) => readTexts(asList(value["choices"])),
  },
  embedding: {
    shows: ["input"],
    Request: ({ value }) => <Texts who="input" texts={[value["input"]].flat()} />,
    Result: EmbeddingResult,
    has: ["data"],
    read: (value) => JSON.stringify(value["data"], null, 1),
  },
  speech: {
    shows: ["input"],
    Request: ({ value }) => <Texts who="input" texts={[value["input"]]} />,
    Result: SpeechResult,
    has: ["audio"],
    read: () => "",
  },
  transcription: {
    shows: [],
    Request: () => null,
    Result: TranscriptionResult,
    has: ["text"],
    read: (value) => asText(value["text"]) ?? "",
  },
  image_generation: images,
  image_edit: images,
  image_variation: images,
  rerank: {
    shows: ["query", "documents"],
    Request: RerankRequest,
    Result: RerankResult,
    has: ["results"],
    read: (value) => JSON.stringify(value["results"], null, 1),
  },
  ocr: {
    shows: ["document"],
    Request: OcrRequest,
    Result: OcrResult,
    has: ["pages"],
    read: (value) =>
      asList(value["pages"])
        .map((page) => asText(asFields(page)["markdown"]) ?? "")
        .join("\n\n"),
  },
}

/** @param request the stored request, where it is there */
export function ResultView({
  id,
  type,
  body,
  request,
}: {
  id: string
  type: string
  body: BodyText
  request: BodyText | null
}) {
  const value = useMemo(() => asFields(readValue(body.text)), [body.text])
  const asked = useMemo(() => (request === null ? null : asFields(readValue(request.text))), [request?.text])
  const view = views[type]
  if (view === undefined || !view.has.every((member) => member in value))
    return <JsonTree text={body.text} label="The result" />
  return <view.Result id={id} value={value} isCut={body.isCut} request={asked} />
}

export function RequestView({ id, type, body }: { id: string; type: string; body: BodyText }) {
  const value = useMemo(() => asFields(readValue(body.text)), [body.text])
  const view = views[type]
  if (value["object"] === "form" && view !== undefined) return <Form id={id} form={value as unknown as FormRequest} />
  if (view === undefined) return <JsonTree text={body.text} label="The request" />
  const hasMore = Object.keys(value).some((name) => !view.shows.includes(name))
  return (
    <>
      <view.Request value={value} />
      {hasMore ? <JsonTree text={body.text} label="Parameters" without={view.shows} /> : null}
    </>
  )
}

/** What two results of a type are compared by; what it has no words for, by their JSON. */
export function readWords(type: string, { text }: BodyText): string {
  const value = asFields(readValue(text))
  return views[type]?.read(value) || JSON.stringify(value, null, 1)
}

function Texts({ who, texts }: { who: string; texts: unknown[] }) {
  return (
    <>
      {texts
        .filter((text) => typeof text === "string")
        .map((text, at) => (
          <Box key={at} who={who}>
            <Prose text={text} />
          </Box>
        ))}
    </>
  )
}

/** The fields of a form, and its files, which are saved by a click. */
function Form({ id, form }: { id: string; form: FormRequest }) {
  const fetchFile = (index: number, name: string) =>
    void save(`/v1/async/jobs/${id}/request?file=${index}`, name).catch((error: unknown) =>
      toast(explain(error), "bad"),
    )
  return (
    <>
      <JsonTree text={JSON.stringify(form.fields)} label="Fields" />
      <ul class="files" aria-label="Files">
        {form.files.map((file) => (
          <li key={file.index}>
            <b>{file.name}</b>
            <span class="break">{file.filename ?? "without a name"}</span>
            <span class="unknown">
              {file.content_type ?? "unknown type"}, {writeBytes(file.bytes)}
            </span>
            <button type="button" class="small" onClick={() => fetchFile(file.index, nameFile(file))}>
              Save
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}

/** All texts of messages or items, one after the other. */
function readTexts(list: unknown[]): string {
  return list
    .map(asFields)
    .flatMap(({ content, text }) => [content, text].flat())
    .map((part) => asText(part) ?? asText(asFields(part)["text"]) ?? "")
    .filter((part) => part !== "")
    .join("\n\n")
}
