// Whether an address is one of this machine. Pure.

/** Hosts that are this machine, or its metadata service. */
const LOCAL =
  /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|169\.254\.\d+\.\d+|metadata\.google\.internal|\[::1?\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\]|\[fd00:ec2::[0-9a-f]+\])\.?$/

/** origin -> whether it is on this machine; parsing a URL takes too long for each call. */
const known = new Map<string, boolean>()
const KNOWN_MAX = 1000

/** Whether requests never use a proxy, whatever the environment says: those to this machine and to its metadata service. */
export function isOnThisMachine(url: string): boolean {
  const end = url.indexOf("/", "https://".length)
  const origin = end < 0 ? url : url.slice(0, end)
  let isLocal = known.get(origin)
  if (isLocal === undefined) {
    isLocal = LOCAL.test(new URL(url).hostname)
    if (known.size >= KNOWN_MAX) known.clear()
    known.set(origin, isLocal)
  }
  return isLocal
}
