// Reads bun.lock: the version and the hash of each package, as they were when it was added.
import { readFileSync } from "node:fs"
import { parse } from "jsonc-parser"

export interface Locked {
  name: string
  version: string
  /** As `sha512-` and base64. */
  integrity: string
}

export interface Lock {
  /**
   * @param name of the package
   * @param version needed where there are several
   * @throws Error if the lock file does not have it
   */
  find(name: string, version?: string): Locked
}

export function readLock(path: string): Lock {
  const { packages } = parse(readFileSync(path, "utf8"), [], { allowTrailingComma: true }) as {
    packages: Record<string, [string, ...unknown[]]>
  }
  const all = Object.values(packages).map(([id, ...rest]): Locked => {
    const at = id.lastIndexOf("@")
    return { name: id.slice(0, at), version: id.slice(at + 1), integrity: String(rest.at(-1)) }
  })
  return {
    find(name, version) {
      const found = all.find((each) => each.name === name && (version === undefined || each.version === version))
      if (!found?.integrity.startsWith("sha512-")) throw new Error(`${path} has no hash of ${name} ${version ?? ""}`)
      return found
    },
  }
}
