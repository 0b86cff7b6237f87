// Texts of strangers: as text, never as HTML or Markdown, in paragraphs as they are written, with their code set apart.
import { createContext } from "preact"
import { useContext, useState } from "preact/hooks"
import { writeEscape } from "../format.ts"
import { CopyButton } from "../parts/values.tsx"

/** How much of a text is drawn before a click. */
const CHARS_MAX = 8000

/** How much of each text is drawn, and whether reasoning is unfolded, where it is not as usual. */
export const Drawn = createContext({ chars: CHARS_MAX, isUnfolded: false })

/** @param isCut more of it has not been loaded */
export function Prose({ text, isCut = false }: { text: string; isCut?: boolean }) {
  const [chars, setChars] = useState(useContext(Drawn).chars)
  const shown = text.length > chars ? text.slice(0, chars) : text
  return (
    <div class="prose" dir="auto">
      {splitCode(shown).map(({ code, language, body }, at) =>
        code ? (
          <figure key={at} class="code">
            <figcaption>
              <span>{language}</span>
              <CopyButton text={body} isBare label="Copy the code" />
            </figcaption>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways can be reached by the keyboard */}
            <pre tabIndex={0}>{show(body)}</pre>
          </figure>
        ) : (
          <p key={at}>{show(body)}</p>
        ),
      )}
      {text.length > chars ? (
        <button type="button" class="small" onClick={() => setChars(chars * 8)}>
          {(text.length - chars).toLocaleString("en-US")} more characters
        </button>
      ) : isCut ? (
        <p class="unknown">… more of it has not been loaded</p>
      ) : null}
    </div>
  )
}

/** JSON as it is stored. */
export function Stored({ text, label }: { text: string; label: string }) {
  const [chars, setChars] = useState(CHARS_MAX)
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard */}
      <pre class="stored" role="group" tabIndex={0} aria-label={label}>
        {show(text.slice(0, chars))}
      </pre>
      {text.length > chars ? (
        <button type="button" class="small" onClick={() => setChars(chars * 8)}>
          {(text.length - chars).toLocaleString("en-US")} more characters
        </button>
      ) : null}
    </>
  )
}

/** An address that may be followed: a link of the web, and anything else as text. It is never loaded by itself. */
export function Link({ address }: { address: string }) {
  const protocol = URL.canParse(address) ? new URL(address).protocol : ""
  if (protocol !== "https:" && protocol !== "http:") return <span class="break">{show(address.slice(0, 200))}</span>
  return (
    <a class="break" href={address} target="_blank" rel="noreferrer noopener">
      {show(address)}
    </a>
  )
}

/** Characters that cannot be seen and change what others look like, as escapes. Letters that are joined by such stay as they are. */
export function show(text: string): string {
  return text.replace(/(?![\t\n\r])[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\ufeff]/gu, writeEscape)
}

/** The text between lines of ``` is code. */
function splitCode(text: string): { code: boolean; language: string; body: string }[] {
  return text
    .split(/^(?:```|~~~)(.*)$\n?/m)
    .map((part, at) => ({ part, at }))
    .flatMap(({ part, at }, _, all) => {
      if (at % 2 === 1) return []
      const isCode = at % 4 === 2
      const body = isCode ? part.replace(/\n$/, "") : part.trim()
      return body === "" ? [] : [{ code: isCode, language: isCode ? (all[at - 1]?.part.trim() ?? "") : "", body }]
    })
}
