// Which receivers of webhooks may be reached: rules about URLs and IP addresses. Pure.
import { classifyAddress, splitAddress } from "../providers/net/address.ts"

/** What an operator allows. Link-local addresses and metadata services of clouds are never allowed. */
export interface ReceiverRules {
  /** Networks of one's own, and http without TLS there. */
  allowsPrivate: boolean
  /** This machine, and http without TLS there. Usual while the gateway itself listens only on loopback. */
  allowsLoopback: boolean
}

export const URL_CHARS_MAX = 2048

/** The URL of a receiver, or what is wrong with it, as the end of a sentence that begins with its name. */
export function readReceiverUrl(text: string): { url: URL; fault?: never } | { url?: never; fault: string } {
  if (text.length > URL_CHARS_MAX) return { fault: `is longer than ${URL_CHARS_MAX} characters` }
  if (splitAddress(text) === null || !URL.canParse(text)) return { fault: "is no URL; write https://HOST/PATH" }
  const url = new URL(text)
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return { fault: `has the scheme ${url.protocol.slice(0, -1)}; write https://HOST/PATH` }
  }
  if (url.username !== "" || url.password !== "") {
    return { fault: "has a user name or a password; take them out, and check the signature of each webhook instead" }
  }
  if (url.hash !== "") return { fault: "has a fragment, which is never sent; take it out" }
  return { url }
}

/** Why an address may not be connected to, as the end of a sentence that begins with its host; null: it may. */
export function findAddressFault(address: string, rules: ReceiverRules, isEncrypted: boolean): string | null {
  switch (classifyAddress(address)) {
    case "public":
      return isEncrypted || rules.allowsPrivate
        ? null
        : "is on the public internet and the URL says http; write https, so that nobody in between reads answers"
    case "private":
      return rules.allowsPrivate
        ? null
        : "is in a private network; set allow_private_network for this endpoint if the receiver really is there"
    case "loopback":
      return rules.allowsLoopback || rules.allowsPrivate
        ? null
        : "is this machine, which is allowed only while the gateway listens on a loopback address alone; set allow_private_network for this endpoint if the receiver really is here"
    case "forbidden":
      return "is a link-local, reserved or metadata address, and never reached"
  }
}

/** A host with the address that it stands for, as the beginning of a sentence. */
export function nameHost(host: string, address: string): string {
  return `${host}, which is ${address},`
}

/** The same sentence for who may name any receiver, and must not learn by it which addresses the names of this network have. */
export function hideAddress(reason: string): string {
  return reason.replace(/, which is [\da-f.:]+,/i, "")
}
