// Reads the operator's network settings of a provider: its proxy and the trusted certificates. Runs once, at the start.
import { X509Certificate } from "node:crypto"
import { getCACertificates } from "node:tls"
import type { Warning } from "../../config/problems.ts"
import type { ProviderConfig } from "../../config/schema.ts"
import type { Network } from "../provider.ts"

export interface ReadNetwork {
  /** Null when nothing is set. */
  network: Network | null
  /** Why the settings cannot be used, in a text that ends with what to write. Null when they can. */
  off: string | null
  warnings: Warning[]
}

/** @param path where the provider's settings are, for warnings */
export function readNetwork({ network_config = {}, proxy_config = {} }: ProviderConfig, path: string): ReadNetwork {
  const warnings: Warning[] = []
  const proxy = readProxy(proxy_config)
  if (typeof proxy === "object" && proxy !== null) return { network: null, ...proxy, warnings }
  const ca: string[] = []
  for (const [where, text] of Object.entries({
    "network_config.ca_cert_pem": network_config.ca_cert_pem,
    "proxy_config.ca_cert_pem": proxy_config.ca_cert_pem,
  })) {
    if (!text) continue
    const found = parseCertificates(text)
    if (found === null) {
      return {
        network: null,
        off: `${where} is no certificate; write it in PEM, from -----BEGIN CERTIFICATE----- on`,
        warnings,
      }
    }
    ca.push(...found)
  }
  const isUnverified = network_config.insecure_skip_verify === true
  if (isUnverified) {
    const says =
      "is true: whoever is in between can read the keys, prompts and answers of every call; write network_config.ca_cert_pem instead, with the certificate to trust"
    warnings.push({ path: `${path}.network_config.insecure_skip_verify`, says })
  }
  const tls = {
    // Given certificates replace the usual ones: https://bun.sh/docs/runtime/networking/fetch#tls
    ...(ca.length > 0 ? { ca: [...getCACertificates("default"), ...ca] } : {}),
    ...(isUnverified ? { rejectUnauthorized: false } : {}),
  }
  const network: Network = {
    ...(proxy === null ? {} : { proxy }),
    ...(Object.keys(tls).length > 0 ? { tls } : {}),
  }
  return { network: Object.keys(network).length > 0 ? network : null, off: null, warnings }
}

/** The proxy's URL with its credentials, false for none, or null when the environment decides. */
function readProxy(config: NonNullable<ProviderConfig["proxy_config"]>): string | false | null | { off: string } {
  const { url = "", username = "", password = "" } = config
  const type = config.type || (url === "" ? "environment" : "http")
  if (type === "none") return false
  if (type === "environment") return null
  if (type.startsWith("socks") || /^socks/i.test(url)) {
    return { off: 'SOCKS proxies are not served here; write proxy_config.type "http" with the url of an HTTP proxy' }
  }
  if (type !== "http") return { off: 'its proxy_config.type is not known; write "http", "environment" or "none"' }
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    return { off: 'its proxy_config.url is no address; write one like "http://proxy.example.com:3128"' }
  }
  const address = new URL(url)
  if (username !== "") address.username = encodeURIComponent(username)
  if (password !== "") address.password = encodeURIComponent(password)
  return address.href
}

/** The certificates of a text in PEM. Null when one of them cannot be read, or there are none. */
function parseCertificates(text: string): string[] | null {
  // In an environment variable line breaks are often written out as a backslash and an n.
  const blocks = text.replaceAll("\\n", "\n").match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)
  try {
    for (const block of blocks ?? []) new X509Certificate(block)
    return blocks
  } catch {
    return null
  }
}
