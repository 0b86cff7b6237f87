// Speech, which is played from the bytes that the gateway stores, and transcriptions with their segments.
import { useEffect, useState } from "preact/hooks"
import { BODY_BYTES } from "../bodytext.ts"
import { ask, explain } from "../client.ts"
import { writeBytes, writeCount } from "../format.ts"
import { Trouble } from "../parts/panels.tsx"
import { Prose } from "./prose.tsx"
import { asFields, asList, asNumber, asText, type Fields } from "./read.ts"

interface Sound {
  href: string
  type: string
  bytes: number
}

/** A short one is loaded at once, a long one by a click. The player cannot send the reader's key, so the page loads it. */
export function SpeechResult({ id }: { id: string }) {
  const [sound, setSound] = useState<Sound | null>(null)
  const [length, setLength] = useState<number | null>(null)
  const [error, setError] = useState<string | null>(null)
  const load = async (headers: Record<string, string>, signal?: AbortSignal) => {
    try {
      const response = await ask(`/v1/async/jobs/${id}/content`, signal ? { headers, signal } : { headers })
      const whole = Number(/\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1] ?? 0)
      if (whole > BODY_BYTES && "range" in headers) {
        setLength(whole)
        return void response.body?.cancel()
      }
      const blob = await response.blob()
      if (!signal?.aborted) setSound({ href: URL.createObjectURL(blob), type: blob.type, bytes: blob.size })
    } catch (refused) {
      if (!signal?.aborted) setError(explain(refused))
    }
  }
  useEffect(() => {
    const controller = new AbortController()
    void load({ range: `bytes=0-${BODY_BYTES - 1}` }, controller.signal)
    return () => controller.abort()
  }, [id])
  useEffect(() => () => URL.revokeObjectURL(sound?.href ?? ""), [sound])
  if (error !== null) return <Trouble text={error} />
  if (sound === null) {
    return length === null ? null : (
      <button type="button" onClick={() => void load({})}>
        Load the sound, {writeBytes(length)}
      </button>
    )
  }
  return (
    <figure class="sound">
      {/* biome-ignore lint/a11y/useMediaCaption: the text that is spoken is the request beside it */}
      <audio controls src={sound.href} aria-label="The speech" />
      <figcaption class="unknown">
        {sound.type}, {writeBytes(sound.bytes)}{" "}
        <a class="button small" href={sound.href} download={`speech-${id}`}>
          Save
        </a>
      </figcaption>
    </figure>
  )
}

const SEGMENTS_MAX = 500

export function TranscriptionResult({ value, isCut }: { value: Fields; isCut: boolean }) {
  const segments = asList(value["segments"]).map(asFields)
  const words = asList(value["words"]).length
  const facts = [
    asText(value["language"]),
    asNumber(value["duration"]) === null ? null : `${asNumber(value["duration"])} s`,
    words > 0 ? `${writeCount(words)} words with times` : null,
  ].filter((fact) => fact !== null)
  return (
    <>
      {facts.length > 0 ? <p class="unknown">{facts.join(" · ")}</p> : null}
      <Prose text={asText(value["text"]) ?? ""} isCut={isCut} />
      {segments.length === 0 ? null : (
        <ol class="segments" aria-label="Segments">
          {segments.slice(0, SEGMENTS_MAX).map((segment, at) => (
            <li key={at}>
              <span class="number unknown">
                {writeSecond(segment["start"])} – {writeSecond(segment["end"])}
              </span>
              {asText(segment["speaker"]) === null ? null : <b>{asText(segment["speaker"])}</b>}
              <span dir="auto">{asText(segment["text"])}</span>
            </li>
          ))}
        </ol>
      )}
      {segments.length > SEGMENTS_MAX ? (
        <p class="unknown">{segments.length - SEGMENTS_MAX} more are in the JSON.</p>
      ) : null}
    </>
  )
}

/** "1:02.50" */
function writeSecond(value: unknown): string {
  const second = asNumber(value)
  if (second === null) return "?"
  return `${Math.floor(second / 60)}:${(second % 60).toFixed(2).padStart(5, "0")}`
}
