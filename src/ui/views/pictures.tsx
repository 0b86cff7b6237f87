// Pictures, which are drawn from bytes that the page already has, and never fetched from another host.
import { useEffect, useMemo, useState } from "preact/hooks"
import { writeBytes } from "../format.ts"
import { Link, Prose } from "./prose.tsx"
import { asFields, asList, asText, type Fields } from "./read.ts"

/** Kinds of pictures that hold no scripts, by how their base64 begins. */
const kinds: Record<string, string> = { iVBOR: "png", "/9j/": "jpeg", R0lG: "gif", UklGR: "webp" }

/** @param source an address with `data:`; shown where it is a picture of a known kind */
export function Picture({ source, name = "picture" }: { source: string; name?: string }) {
  const [, encoded = ""] = /^data:[\w/+.;-]*;base64,(.*)$/s.exec(source) ?? []
  const kind = Object.entries(kinds).find(([start]) => encoded.startsWith(start))?.[1]
  const bytes = useMemo(() => (kind === undefined ? null : decode(encoded)), [encoded, kind])
  const [href, setHref] = useState<string | null>(null)
  const [size, setSize] = useState("")
  useEffect(() => {
    if (bytes === null) return
    const made = URL.createObjectURL(new Blob([bytes], { type: `image/${kind}` }))
    setHref(made)
    return () => URL.revokeObjectURL(made)
  }, [bytes, kind])
  if (bytes === null)
    return <p class="unknown">A picture that is not shown: it is of a kind that is not known here, or is not whole.</p>
  if (href === null) return null
  return (
    <figure class="picture">
      <img
        src={href}
        alt={name}
        onLoad={({ currentTarget }) => setSize(`${currentTarget.naturalWidth} × ${currentTarget.naturalHeight}, `)}
        onError={() => setSize("cannot be drawn, ")}
      />
      <figcaption>
        <span class="unknown">
          {size}
          {kind}, {writeBytes(bytes.length)}
        </span>
        <a class="button small" href={href} download={`${name.replace(/\W+/g, "-")}.${kind}`}>
          Save
        </a>
      </figcaption>
    </figure>
  )
}

export function ImagesResult({ value, isCut }: { value: Fields; isCut: boolean }) {
  const images = asList(value["data"]).map(asFields)
  return (
    <>
      {isCut ? (
        <p class="unknown">The pictures are larger than what has been loaded: load more of the result.</p>
      ) : null}
      <div class="pictures">
        {images.map((image, at) => (
          <Image key={at} image={image} name={`image ${at}`} isWhole={!isCut || at < images.length - 1} />
        ))}
      </div>
    </>
  )
}

function Image({ image, name, isWhole }: { image: Fields; name: string; isWhole: boolean }) {
  const [encoded, address, prompt] = ["b64_json", "url", "revised_prompt"].map((member) => asText(image[member]) ?? "")
  return (
    <div>
      {encoded && isWhole ? <Picture source={`data:image/any;base64,${encoded}`} name={name} /> : null}
      {address ? (
        address.startsWith("data:") ? (
          <Picture source={address} name={name} />
        ) : (
          <Link address={address} />
        )
      ) : null}
      {prompt ? <Prose text={prompt} /> : null}
    </div>
  )
}

function decode(encoded: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(encoded.replace(/\s/g, "")), (char) => char.charCodeAt(0))
  } catch {
    return null
  }
}
