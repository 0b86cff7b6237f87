// Tells addresses of the public internet from those that mean a machine or a network of its own. Pure.
import { isIP } from "node:net"

/**
 * Networks that nothing is downloaded from: as bits, how many of them count. https://www.iana.org/assignments/iana-ipv4-special-registry,
 * https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const closed4 = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
  ...["192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
  ...["224.0.0.0/4", "240.0.0.0/4"],
].map(networkOf)

/** Only what is handed out to the world is open, without what leads on to an IPv4 address (6to4, Teredo) or to nobody. */
const open6 = networkOf("2000::/3")
const closed6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"].map(networkOf)

/** Whether this is an IP address that everybody may be asked at. */
export function isPublic(address: string): boolean {
  const bits = bitsOf(address)
  if (bits === null) return false
  if (bits.length === 32) return !closed4.some((network) => bits.startsWith(network))
  return bits.startsWith(open6) && !closed6.some((network) => bits.startsWith(network))
}

function networkOf(cidr: string): string {
  const [address = "", count] = cidr.split("/")
  return (bitsOf(address) ?? "").slice(0, Number(count))
}

/** 32 or 128 binary digits, or null when it is no address. */
function bitsOf(address: string): string | null {
  const version = isIP(address)
  if (version === 4)
    return address
      .split(".")
      .map((part) => digits(Number(part), 8))
      .join("")
  // A zone names a network of this machine.
  if (version !== 6 || address.includes("%")) return null
  // The parser of URLs writes it out in one form, an IPv4 address at its end included.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::")
  const groups = (part: string | undefined) => (part ? part.split(":") : [])
  const missing = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...new Array<string>(missing).fill("0"), ...groups(tail)]
  return all.map((group) => digits(Number.parseInt(group, 16), 16)).join("")
}

function digits(value: number, count: number): string {
  return value.toString(2).padStart(count, "0")
}
