// Reads what the environment says of a provider, as the official SDKs do: its address, its key, and headers of its calls. Runs once, at the start.
import { networkInterfaces } from "node:os"
import type { Listening } from "../config/load.ts"
import type { Env } from "../config/variables.ts"
import type { Authorization, ProviderKey, Row } from "./provider.ts"

/** The name in `headerVariables` of a variable that holds whole headers. */
const EVERY = "*"
const BEARER: Authorization = { header: "authorization", prefix: "Bearer " }

export interface FoundAddress {
  /** The variable that it was found in. */
  source: string
  /** An http address. */
  text: string
  /** What the SDK appends to it. */
  root: string
}

/** A variable that is set and holds no address. `off` says so. */
export interface NoAddress {
  source: string
  off: string
}

/** The address that a variable holds. Null when no variable is set. */
export function readAddressVariable(
  { addressVariables = [] }: Pick<Row, "addressVariables">,
  env: Env,
): FoundAddress | NoAddress | null {
  for (const { name, root, form } of addressVariables) {
    const values = name.split(":").map((one) => readVariable(env, one))
    if (values.includes("")) continue
    const value = values.join("/")
    const text =
      form !== undefined && values.every((one) => /^[\w.-]+\/*$/.test(one))
        ? form.replace("{value}", value.replace(/\/+$/, ""))
        : value
    if (isAddress(text)) return { source: name, text, root }
    const example = form?.replace("{value}", "my-name") ?? "https://proxy.example.com/v1"
    return {
      source: name,
      off: `${name} is set and is no address, so that no key is sent anywhere; write one like "${example}", or unset it`,
    }
  }
  return null
}

/** Without a fragment, because nothing could be appended to it. A query is sent with every request. */
export function isAddress(text: string): boolean {
  return /^https?:\/\/[^/?#\s]+[^?#\s]*(\?[^#\s]*)?$/.test(text) && URL.canParse(text)
}

/** The key in the first of the variables that is set. */
export function readKeyVariables({ keyVariable, keyVariables, bearerVariable }: Row, env: Env): ProviderKey | null {
  for (const joined of keyVariables ?? (keyVariable === null ? [] : [keyVariable])) {
    const values = joined.split(":").map((name) => ({ name, value: readVariable(env, name.replace("?", "")) }))
    if (values.some(({ name, value }) => value === "" && !name.endsWith("?"))) continue
    const value = values.flatMap((one) => (one.value === "" ? [] : [one.value])).join(":")
    const source = values[0]?.name ?? ""
    const key = { id: "env", name: "env", value, models: ["*"], weight: 1, concurrency: null, source }
    return source === bearerVariable ? { ...key, placement: { authorization: BEARER } } : key
  }
  return null
}

/** The headers that variables hold. Names and values that HTTP does not allow are left out. */
export function readHeaderVariables({ headerVariables = {} }: Row, env: Env): Record<string, string> {
  const found = Object.entries(headerVariables).flatMap(([header, name]) => {
    const text = readVariable(env, name)
    return (header === EVERY ? text : `${header}: ${text}`).split("\n").map((line) => /^([^:]+):(.*)$/s.exec(line))
  })
  const pairs = found.map((match) => [match?.[1]?.trim().toLowerCase() ?? "", match?.[2]?.trim() ?? ""] as const)
  return Object.fromEntries(
    pairs.filter(([name, value]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e]+$/.test(value)),
  )
}

/** As the SDKs read it: https://github.com/openai/openai-node/blob/main/src/internal/utils/env.ts */
function readVariable(env: Env, name: string): string {
  return env[name]?.trim() ?? ""
}

/** Whether an address is that of this gateway, which would call itself. */
export function isOwnAddress(text: string, { host, port }: Listening): boolean {
  if (!URL.canParse(text)) return false
  const { hostname, port: given, protocol } = new URL(text)
  if (Number(given || (protocol === "https:" ? 443 : 80)) !== port) return false
  const name = hostname.replace(/^\[|\]$/g, "")
  const isEverywhere = UNSPECIFIED.test(host)
  // Who calls 0.0.0.0 calls this machine.
  if (LOOPBACK.test(name) || UNSPECIFIED.test(name)) return isEverywhere || LOOPBACK.test(host)
  return name === host || (isEverywhere && listOwnAddresses().includes(name))
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/
const UNSPECIFIED = /^(0\.0\.0\.0|::)$/

function listOwnAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((ones) => ones?.map(({ address }) => address) ?? [])
}
