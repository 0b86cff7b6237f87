// Rankings, with the documents that were ranked, and the pages that ocr has read.
import { Bars } from "../parts/charts.tsx"
import { Picture } from "./pictures.tsx"
import { Link, Prose } from "./prose.tsx"
import { asFields, asList, asNumber, asText, type Fields } from "./read.ts"

const TEXT_CHARS_MAX = 280

export function RerankRequest({ value }: { value: Fields }) {
  return (
    <>
      <section class="turn">
        <header>
          <b>query</b>
        </header>
        <Prose text={asText(value["query"]) ?? ""} />
      </section>
      <ol class="documents" start={0} aria-label="Documents">
        {asList(value["documents"]).map((document, at) => (
          <li key={at} dir="auto">
            {shorten(readDocument(document))}
          </li>
        ))}
      </ol>
    </>
  )
}

/** @param request null: it is not there, and documents have their number alone */
export function RerankResult({ value, request }: { value: Fields; request: Fields | null }) {
  const documents = asList(request?.["documents"])
  const bars = asList(value["results"])
    .map(asFields)
    .map((result, at) => {
      const index = asNumber(result["index"]) ?? at
      const score = asNumber(result["relevance_score"]) ?? 0
      const text = readDocument(result["document"] ?? documents[index])
      return { name: `#${index}  ${shorten(text)}`, value: score, text: score.toFixed(4) }
    })
  return <Bars label="Documents by relevance" bars={bars} />
}

export function OcrRequest({ value }: { value: Fields }) {
  const document = asFields(value["document"])
  const address =
    asText(document["document_url"]) ?? asText(asFields(document["image_url"])["url"]) ?? asText(document["image_url"])
  if (address === null) return null
  return (
    <p>{address.startsWith("data:") ? `A document of ${address.length} characters` : <Link address={address} />}</p>
  )
}

export function OcrResult({ value, isCut }: { value: Fields; isCut: boolean }) {
  const pages = asList(value["pages"]).map(asFields)
  return (
    <>
      {pages.map((page, at) => (
        <section class="turn" key={at}>
          <header>
            <b>page {(asNumber(page["index"]) ?? at) + 1}</b>
          </header>
          <Prose
            text={asText(page["markdown"]) ?? asText(page["text"]) ?? ""}
            isCut={isCut && at === pages.length - 1}
          />
          {asList(page["images"])
            .map((image) => asText(asFields(image)["image_base64"]))
            .map((source, which) =>
              source === null ? null : <Picture key={which} source={source} name={`picture ${which}`} />,
            )}
        </section>
      ))}
    </>
  )
}

/** A document is a text, or an object with one. */
function readDocument(document: unknown): string {
  return (
    asText(document) ?? asText(asFields(document)["text"]) ?? (document === undefined ? "" : JSON.stringify(document))
  )
}

function shorten(text: string): string {
  return text.length > TEXT_CHARS_MAX ? `${text.slice(0, TEXT_CHARS_MAX)}…` : text
}
