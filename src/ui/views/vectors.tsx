// Embeddings: how many, how long, their norm and beginning, and how near they are to those of another job.
import { useState } from "preact/hooks"
import { readBody } from "../bodytext.ts"
import { explain } from "../client.ts"
import { Sparkline } from "../parts/charts.tsx"
import { readValue } from "../rawjson.ts"
import { asFields, asList, type Fields } from "./read.ts"

const SHOWN_MAX = 50
/** How much of another job is read to compare with. */
const OTHER_BYTES_MAX = 4 * 1024 * 1024

export function EmbeddingResult({ value, isCut }: { value: Fields; isCut: boolean }) {
  const vectors = readVectors(value, isCut)
  const first = vectors[0]
  const dimensions = [...new Set(vectors.map(({ length }) => length))].join(", ")
  return (
    <>
      <p>
        <b class="number">{vectors.length}</b> {vectors.length === 1 ? "vector" : "vectors"} of{" "}
        <b class="number">{dimensions || "no"}</b> dimensions{isCut ? ", and more that have not been loaded" : ""}
      </p>
      <ol class="vectors">
        {vectors.slice(0, SHOWN_MAX).map((vector, at) => (
          <li key={at}>
            <Sparkline label={`The first values of vector ${at}`} values={vector.slice(0, 64)} />
            <span>
              norm <b class="number">{findNorm(vector).toFixed(4)}</b>
            </span>
            <span class="mono cut">
              {vector
                .slice(0, 6)
                .map((part) => part.toFixed(4))
                .join(", ")}
              {vector.length > 6 ? ", …" : ""}
            </span>
          </li>
        ))}
      </ol>
      {vectors.length > SHOWN_MAX ? <p class="unknown">{vectors.length - SHOWN_MAX} more are in the JSON.</p> : null}
      {first === undefined ? null : <Nearness vectors={vectors.slice(0, SHOWN_MAX)} />}
    </>
  )
}

/** The cosine of each vector to the nearest of another job. */
function Nearness({ vectors }: { vectors: readonly number[][] }) {
  const [found, setFound] = useState<{ at: number; cosine: number }[] | string | null>(null)
  const compare = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    const id = String(new FormData(event.currentTarget).get("id") ?? "").trim()
    setFound("Reading…")
    try {
      const { text, isCut } = await readBody(`/v1/async/jobs/${encodeURIComponent(id)}`, OTHER_BYTES_MAX)
      const others = readVectors(asFields(asFields(readValue(text))["result"]), isCut)
      const isAlike = others.some(({ length }) => length === vectors[0]?.length)
      setFound(
        isAlike ? vectors.map((vector) => findNearest(vector, others)) : "That job has no vectors of this length.",
      )
    } catch (error) {
      setFound(explain(error))
    }
  }
  return (
    <form class="inline" onSubmit={(event) => void compare(event)}>
      <label class="field">
        <span>Cosine to the vectors of another job</span>
        <input name="id" placeholder="its id" required spellcheck={false} autocomplete="off" />
      </label>
      <button type="submit">Compare</button>
      <output>
        {typeof found === "string"
          ? found
          : found?.map(({ at, cosine }, from) => (
              <span key={from} class="line">
                vector {from}: <b class="number">{cosine.toFixed(6)}</b> to vector {at}
              </span>
            ))}
      </output>
    </form>
  )
}

/** Numbers, or the base64 of 32-bit floats, little-endian. The last one of a cut list is not whole. */
function readVectors(value: Fields, isCut: boolean): number[][] {
  const vectors = asList(value["data"]).map((entry) => {
    const { embedding } = asFields(entry)
    if (typeof embedding === "string") return decodeFloats(embedding)
    return asList(embedding).filter((part) => typeof part === "number")
  })
  return (isCut ? vectors.slice(0, -1) : vectors).filter(({ length }) => length > 0)
}

function decodeFloats(encoded: string): number[] {
  try {
    const bytes = Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0))
    const view = new DataView(bytes.buffer)
    return Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) => view.getFloat32(at * 4, true))
  } catch {
    return []
  }
}

function findNorm(vector: readonly number[]): number {
  return Math.sqrt(vector.reduce((sum, part) => sum + part * part, 0))
}

function findNearest(vector: readonly number[], others: readonly number[][]): { at: number; cosine: number } {
  const cosines = others.map((other) => {
    const product = vector.reduce((sum, part, at) => sum + part * (other[at] ?? 0), 0)
    return other.length === vector.length ? product / (findNorm(vector) * findNorm(other)) : -2
  })
  const cosine = Math.max(...cosines)
  return { at: cosines.indexOf(cosine), cosine }
}
