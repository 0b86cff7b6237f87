// Checks the messages of an OpenAI chat request against what a native chat form takes. Pure; imports no SDK.

import {
  checkItems,
  checkParameters,
  failed,
  invalid,
  merge,
  type ParameterCheck,
  type ParameterError,
  type ParameterTable,
  passed,
  rulesFor,
  unsupported,
} from "../../endpoints/parametertable.ts"
import { listParts } from "../../endpoints/translate/translation.ts"
import { asList, asRecord, asRecords, asWord, isRecord } from "../../values.ts"
import { splitAddress } from "../net/address.ts"
import { checkTurns } from "./chatturns.ts"
import type { Target } from "./family.ts"
import { isBlank, listThoughts, readAudio, readFile, readImage, readPartText } from "./parts.ts"

type Fields = Record<string, unknown>

/** The media types of files that a dialect accepts. A dialect that is not listed accepts what the model does. */
const fileTypes: Partial<Record<Target["dialect"], RegExp>> = {
  // https://platform.claude.com/docs/en/build-with-claude/files#file-types-and-content-blocks
  messages: /^(application\/pdf|text\/plain)$/,
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
  converse:
    /^(application\/(pdf|msword|vnd\.ms-excel|vnd\.openxmlformats-officedocument\.(wordprocessingml\.document|spreadsheetml\.sheet))|text\/(csv|html|plain|markdown))$/,
}

/** The images that are known to be taken, or, of Gemini, whose models differ, all but those that are known not to be. */
const imageTypes: Record<Target["dialect"], RegExp> = {
  // https://platform.claude.com/docs/en/build-with-claude/vision#faq
  messages: /^image\/(jpeg|png|gif|webp)$/,
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageBlock.html
  converse: /^image\/(jpeg|png|gif|webp)$/,
  // https://github.com/microsoft/vscode/issues/286628, https://github.com/google/adk-python/issues/5693
  gemini: /^(?!image\/(gif|svg\+xml)$)/,
}

const roles = new Set<unknown>(["developer", "system", "user", "assistant", "tool"])

const messageTable: ParameterTable<Target> = {
  rules: [
    {
      param: "name",
      verdict: "warned",
      when: (name, { role }) => typeof name === "string" && role !== "tool",
      says: "has no counterpart and was not sent",
    },
    {
      param: "images",
      verdict: "warned",
      when: (images, _, { dialect }) => dialect !== "gemini" && asList(images).length > 0,
      says: "have no counterpart and were not sent",
    },
    ...rulesFor<Target>(["audio", "function_call"], { when: isRecord, says: "is not supported: leave it out" }),
    {
      param: "reasoning_content",
      verdict: "warned",
      when: (_, message, target) => isUnsigned(target, message),
      says: "has no signature and was not sent",
    },
    {
      param: "thinking_blocks",
      verdict: "warned",
      when: (blocks, _, { dialect }) =>
        dialect === "gemini" && asList(blocks).some((block) => "data" in asRecord(block)),
      says: "has encrypted reasoning of another provider, which was not sent",
    },
    {
      param: "thinking_blocks",
      verdict: "warned",
      when: (blocks, message, target) => listThoughts(message, target).length < asRecords(blocks).length,
      says: "has reasoning without a signature, which was not sent",
    },
  ],
}

const partTable: ParameterTable<Target> = {
  rules: [
    {
      param: "citations",
      verdict: "warned",
      when: (citations, _, { dialect }) => dialect === "gemini" && isRecord(citations),
      says: "has no counterpart and was not sent",
    },
  ],
}

const imageTable: ParameterTable = {
  rules: [{ param: "detail", verdict: "warned", neutral: "auto", says: "has no counterpart and was not sent" }],
}

export function checkMessages(target: Target, messages: Fields[]): ParameterCheck {
  const found = checkEach(target, messages)
  return found.errors.length > 0 ? found : { ...found, errors: checkTurns(target, messages) }
}

function checkEach(target: Target, messages: Fields[]): ParameterCheck {
  const called = new Set<unknown>()
  let hasBegun = false
  return checkItems(messages, "messages", (item, path) => {
    const message = asRecord(item)
    const { role } = message
    const isInstruction = role === "system" || role === "developer"
    const isMoved = isInstruction && hasBegun
    hasBegun ||= !isInstruction
    for (const call of asList(message["tool_calls"])) called.add(asRecord(call)["id"])
    const isOrphan = role === "tool" && !called.has(message["tool_call_id"])
    return merge([
      roles.has(role)
        ? passed
        : failed(unsupported(`${path}.role`, "must be developer, system, user, assistant or tool")),
      isOrphan
        ? failed(invalid(`${path}.tool_call_id`, "must be the id of a tool call that an earlier message made"))
        : passed,
      isMoved ? warned(`${path} is moved to the front: this provider takes instructions only there`) : passed,
      checkParameters(messageTable, message, target, path),
      checkItems(listParts(message["content"]), `${path}.content`, (part, param) =>
        checkContent(target, asRecord(part), param, role),
      ),
    ])
  })
}

function checkContent(target: Target, part: Fields, path: string, role: unknown): ParameterCheck {
  const error = checkPart(target, part, path, role)
  const isLost = isBlank(part, target) && readPartText(part) !== ""
  return merge([
    error === null ? passed : failed(error),
    isLost ? warned(`${path} is blank and was not sent: this provider refuses blank texts`) : passed,
    checkParameters(imageTable, asRecord(part["image_url"]), null, `${path}.image_url`),
    checkParameters(partTable, part, target, path),
  ])
}

function warned(warning: string): ParameterCheck {
  return { errors: [], warnings: [warning] }
}

/** Reasoning can be sent back only with its signature, except to Gemini. */
function isUnsigned({ dialect }: Target, message: Fields): boolean {
  const reasoning = message["reasoning_content"]
  return (
    dialect !== "gemini" &&
    typeof reasoning === "string" &&
    reasoning !== "" &&
    !asList(message["thinking_blocks"]).length
  )
}

/** Checks that a message of this role may have a part of this type. */
function checkPart({ dialect }: Target, part: Fields, param: string, role: unknown): ParameterError | null {
  const type = asWord(part["type"])
  if (type === "text" || (type === "refusal" && role === "assistant")) return null
  if (role !== "user" && !(role === "tool" && type === "image_url")) {
    return unsupported(param, `has the type ${type}, which is not supported in a message of this role: use text`)
  }
  switch (type) {
    case "image_url": {
      const { url, data, mediaType } = readImage(part)
      if (url !== null) return checkAddress(url, param)
      return data === null || imageTypes[dialect].test(mediaType ?? "")
        ? null
        : unsupported(param, `is ${mediaType}, which this provider does not take: send a JPEG, PNG or WebP`)
    }
    case "input_audio": {
      if (dialect !== "gemini") return unsupported(param, "is audio, which this provider does not take: send text")
      const { data, mediaType } = readAudio(part)
      const isWhole = data !== "" && /^audio\/./.test(mediaType ?? "")
      return isWhole ? null : invalid(param, "has no sound: write input_audio with data, as base64, and format, as wav")
    }
    case "file": {
      const { url, data, mediaType } = readFile(part)
      const wrong = url === null ? null : checkAddress(url, param)
      // The download tells its media type.
      if (wrong !== null || (url !== null && mediaType === null)) return wrong
      if (url === null && data === null) {
        return unsupported(
          param,
          "has no file_data: this provider knows no files by their ids here; send the file itself",
        )
      }
      if (mediaType === null)
        return unsupported(param, "does not tell its media type: give it a filename with an ending")
      return fileTypes[dialect]?.test(mediaType) === false
        ? unsupported(param, `is ${mediaType}, which this provider does not take as a file: send a PDF or text`)
        : null
    }
    default:
      return unsupported(
        param,
        `has the type ${type}, which is not supported: use text, image_url, input_audio or file`,
      )
  }
}

function checkAddress(url: string, param: string): ParameterError | null {
  return splitAddress(url) === null ? invalid(param, "has no URL that can be read") : null
}
