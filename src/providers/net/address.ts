// Tells addresses of the public internet from those of a machine or a network of its own. Pure.
import { isIP } from "node:net"
import ipaddr from "ipaddr.js"

/** The only IPv6 addresses handed out to the world. Others, such as an IPv4 address inside `::/96`, have no range of their own in the library. */
const global6 = ipaddr.IPv6.parseCIDR("2000::/3")

/** Whether this is an IP address that anybody may be asked at. */
export function isPublic(address: string): boolean {
  // The library also reads `10.1` and `0x7f.0.0.1`. A zone, behind a percent sign, names a network of this machine.
  if (isIP(address) === 0 || address.includes("%")) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== "unicast") return false
  return parsed instanceof ipaddr.IPv4 || parsed.match(global6)
}
