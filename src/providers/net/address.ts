// Distinguishes addresses of the public internet from private and special ones. Pure.
import { isIP } from "node:net"
import ipaddr from "ipaddr.js"

/** No host has a longer name: https://www.rfc-editor.org/rfc/rfc1035 (2.3.4). Before it a name and a password may stand. */
const AUTHORITY_CHARS_MAX = 1000

/**
 * The two parts of an address whose end tells what it is; null when it is none that can be read. The whole is not parsed: it may have
 * megabytes, and a parser takes a time that is quadratic in the length of a host.
 */
export function splitAddress(text: string): { origin: string; path: string } | null {
  const [, origin = "", authority = "", path = ""] =
    /^\s*([a-z][a-z0-9+.-]*:[\\/]*([^\\/?#]*))([^?#]*)/i.exec(text) ?? []
  return origin !== "" && authority.length <= AUTHORITY_CHARS_MAX && URL.canParse(origin) ? { origin, path } : null
}

/** All global unicast addresses of IPv6 lie here. The library names no special range for some others, such as `::/96` with IPv4 addresses. */
const global6 = ipaddr.IPv6.parseCIDR("2000::/3")

/** Whether this is an IP address of the public internet. */
export function isPublic(address: string): boolean {
  // The library also accepts `10.1` and `0x7f.0.0.1`. A zone after a percent sign names a network interface of this machine.
  if (isIP(address) === 0 || address.includes("%")) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== "unicast") return false
  return parsed instanceof ipaddr.IPv4 || parsed.match(global6)
}

/** Ranges of addresses inside a network of one's own: https://www.rfc-editor.org/rfc/rfc1918, 6598 and 4193. */
const privateRanges: readonly string[] = ["private", "carrierGradeNat", "uniqueLocal"]

/** The services in which clouds tell their machines secrets, where these lie outside of link-local addresses. */
const metadataServices: readonly string[] = ["100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254"]

/**
 * What an IP address is for who connects to it. `forbidden` are link-local addresses, metadata services of clouds, multicast,
 * reserved ranges, IPv4 inside IPv6, and whatever is no IP address.
 */
export function classifyAddress(address: string): "public" | "private" | "loopback" | "forbidden" {
  if (isIP(address) === 0 || address.includes("%")) return "forbidden"
  const parsed = ipaddr.parse(address)
  if (metadataServices.some((service) => parsed.toString() === ipaddr.parse(service).toString())) return "forbidden"
  const range = parsed.range()
  if (range === "loopback") return "loopback"
  if (privateRanges.includes(range)) return "private"
  return isPublic(address) ? "public" : "forbidden"
}
