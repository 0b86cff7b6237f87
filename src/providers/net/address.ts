// Distinguishes addresses of the public internet from private and special ones. Pure.
import { isIP } from "node:net"
import ipaddr from "ipaddr.js"

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
