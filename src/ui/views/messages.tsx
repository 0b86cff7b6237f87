// Conversations: the messages of chats and responses, asked and answered, with tool calls, reasoning and pictures.
import type { ComponentChildren } from "preact"
import { useContext } from "preact/hooks"
import { JsonTree } from "../parts/jsontree.tsx"
import { Picture } from "./pictures.tsx"
import { Drawn, Link, Prose } from "./prose.tsx"
import { asFields, asList, asText, type Fields } from "./read.ts"

/** The messages of a chat's request. */
export function ChatRequest({ value }: { value: Fields }) {
  return <Messages list={asList(value["messages"])} />
}

export function ChatResult({ value }: { value: Fields }) {
  const choices = asList(value["choices"]).map(asFields)
  return (
    <>
      {choices.map((choice, at) => (
        <Turn
          key={at}
          message={asFields(choice["message"])}
          note={join([
            choices.length > 1 ? `choice ${at + 1} of ${choices.length}` : null,
            asText(choice["finish_reason"]),
          ])}
        />
      ))}
    </>
  )
}

/** `input` of a responses request: a text, or items; with the instructions. */
export function ResponsesRequest({ value }: { value: Fields }) {
  const { input } = value
  const instructions = asText(value["instructions"])
  return (
    <>
      {instructions === null ? null : <Box who="instructions">{<Prose text={instructions} />}</Box>}
      {typeof input === "string" ? (
        <Box who="user">
          <Prose text={input} />
        </Box>
      ) : (
        <Items list={asList(input)} />
      )}
    </>
  )
}

export function ResponsesResult({ value }: { value: Fields }) {
  return <Items list={asList(value["output"])} />
}

export function CompletionRequest({ value }: { value: Fields }) {
  const prompts = [value["prompt"]].flat().filter((prompt) => typeof prompt === "string")
  return (
    <>
      {prompts.map((prompt, at) => (
        <Box key={at} who="prompt">
          <Prose text={prompt} />
        </Box>
      ))}
    </>
  )
}

export function CompletionResult({ value }: { value: Fields }) {
  return (
    <>
      {asList(value["choices"])
        .map(asFields)
        .map((choice, at) => (
          <Box key={at} who="completion" note={asText(choice["finish_reason"])}>
            <Prose text={asText(choice["text"]) ?? ""} />
          </Box>
        ))}
    </>
  )
}

/** How many messages are drawn: the last ones, which the answer is to. */
const MESSAGES_MAX = 100

function Messages({ list }: { list: unknown[] }) {
  const left = Math.max(0, list.length - MESSAGES_MAX)
  return (
    <>
      {left > 0 ? <p class="unknown">{left} earlier messages are in the JSON.</p> : null}
      {list.slice(left).map((message, at) => (
        <Turn key={at} message={asFields(message)} />
      ))}
    </>
  )
}

function Turn({ message, note = null }: { message: Fields; note?: string | null }) {
  const { role, name, content, refusal, tool_calls, tool_call_id, audio } = message
  const who = join([asText(role) ?? "assistant", asText(name), asText(tool_call_id)]) ?? ""
  return (
    <Box who={who} note={note}>
      <Reasoning text={readReasoning(message)} />
      <Content content={content} />
      {asText(refusal) === null ? null : <p class="bad-text">Refused: {asText(refusal)}</p>}
      {asText(asFields(audio)["transcript"]) === null ? null : (
        <Prose text={asText(asFields(audio)["transcript"]) ?? ""} />
      )}
      {asList(tool_calls)
        .map(asFields)
        .map((call, at) => {
          const { name: tool, arguments: given } = asFields(call["function"] ?? call["custom"])
          return (
            <ToolCall
              key={at}
              name={asText(tool)}
              id={asText(call["id"])}
              given={given ?? asFields(call["custom"])["input"]}
            />
          )
        })}
    </Box>
  )
}

/** The items of the responses API. https://platform.openai.com/docs/api-reference/responses/object */
function Items({ list }: { list: unknown[] }) {
  const left = Math.max(0, list.length - MESSAGES_MAX)
  return (
    <>
      {left > 0 ? <p class="unknown">{left} earlier items are in the JSON.</p> : null}
      {list
        .slice(left)
        .map(asFields)
        .map((item, at) => (
          <Item key={at} item={item} />
        ))}
    </>
  )
}

function Item({ item }: { item: Fields }) {
  const type = asText(item["type"]) ?? "message"
  if (type === "message") return <Turn message={item} note={asText(item["status"])} />
  if (type === "reasoning") {
    const texts = [...asList(item["summary"]), ...asList(item["content"])].map((part) => asText(asFields(part)["text"]))
    return (
      <Box who="reasoning">
        <Reasoning text={texts.filter((text) => text !== null).join("\n\n") || "(not shown by the provider)"} />
      </Box>
    )
  }
  if (type.endsWith("_call")) {
    const given = item["arguments"] ?? item["input"] ?? item["action"] ?? item["queries"]
    return (
      <Box who="assistant" note={asText(item["status"])}>
        <ToolCall name={asText(item["name"]) ?? type} id={asText(item["call_id"])} given={given} />
        {type === "image_generation_call" && asText(item["result"]) !== null ? (
          <Picture source={`data:image/png;base64,${asText(item["result"])}`} />
        ) : null}
      </Box>
    )
  }
  if (type.endsWith("_output")) {
    return (
      <Box who={join(["tool", asText(item["call_id"])]) ?? ""}>
        <Content content={item["output"]} />
      </Box>
    )
  }
  return (
    <Box who={type}>
      <JsonTree text={JSON.stringify(item)} label={type} />
    </Box>
  )
}

function Content({ content }: { content: unknown }) {
  if (content === null || content === undefined || content === "") return null
  if (typeof content === "string") return <Prose text={content} />
  if (!Array.isArray(content)) return <JsonTree text={JSON.stringify(content)} label="Content" />
  return (
    <>
      {content.map((part, at) => (
        <Part key={at} part={typeof part === "string" ? { type: "text", text: part } : asFields(part)} />
      ))}
    </>
  )
}

function Part({ part }: { part: Fields }) {
  const text = asText(part["text"])
  if (text !== null && /text$/.test(asText(part["type"]) ?? "text")) return <Prose text={text} />
  if (asText(part["refusal"]) !== null) return <p class="bad-text">Refused: {asText(part["refusal"])}</p>
  const image = part["image_url"]
  const source = asText(image) ?? asText(asFields(image)["url"])
  if (source !== null) return source.startsWith("data:") ? <Picture source={source} /> : <Link address={source} />
  return <JsonTree text={JSON.stringify(part)} label="Part of the content" />
}

/** The members in which providers put it. */
function readReasoning(message: Fields): string | null {
  const text = asText(message["reasoning_content"]) ?? asText(message["reasoning"])
  if (text !== null) return text === "" ? null : text
  const details = asList(message["reasoning_details"]).map(
    (part) => asText(asFields(part)["text"]) ?? asText(asFields(part)["summary"]),
  )
  return details.filter((part) => part !== null).join("\n\n") || null
}

function Reasoning({ text }: { text: string | null }) {
  const { isUnfolded } = useContext(Drawn)
  if (text === null) return null
  return (
    <details class="reasoning" open={isUnfolded}>
      <summary>Reasoning, {text.length.toLocaleString("en-US")} characters</summary>
      <Prose text={text} />
    </details>
  )
}

function ToolCall({ name, id, given }: { name: string | null; id: string | null; given: unknown }) {
  const text = typeof given === "string" ? given : given === undefined ? "" : JSON.stringify(given)
  return (
    <figure class="tool">
      <figcaption>
        calls <b>{name ?? "a tool"}</b> {id === null ? null : <span class="unknown">{id}</span>}
      </figcaption>
      {isJson(text) ? <JsonTree text={text} label={`Arguments of ${name ?? "the call"}`} /> : <Prose text={text} />}
    </figure>
  )
}

/** A word of a stranger is never a class of the page. */
const looks = ["user", "assistant", "tool", "prompt", "input", "completion"]

export function Box({
  who,
  note = null,
  children,
}: {
  who: string
  note?: string | null
  children: ComponentChildren
}) {
  return (
    <section class={`turn ${looks.find((look) => who === look || who.startsWith(`${look} `)) ?? ""}`}>
      <header>
        <b>{who}</b>
        {note === null ? null : <span class="unknown">{note}</span>}
      </header>
      {children}
    </section>
  )
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function join(words: (string | null)[]): string | null {
  const known = words.filter((word) => word !== null)
  return known.length === 0 ? null : known.join(" · ")
}
