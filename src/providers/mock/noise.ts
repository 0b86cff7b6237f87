// Pseudo-random numbers that depend only on their source: they are the same on every machine and in every run.

/** Returns numbers from 0 up to, but not including, 1. Different sources give different numbers. */
export function noise(...sources: (string | Uint8Array)[]): () => number {
  const hasher = new Bun.CryptoHasher("sha256")
  for (const source of sources) {
    // With the length in front, ("ab", "c") and ("a", "bc") differ.
    hasher.update(`${source.length}:`)
    hasher.update(source)
  }
  const digest = hasher.digest()
  let [a, b, c, counter] = [0, 4, 8, 12].map((at) => digest.readInt32LE(at)) as [number, number, number, number]
  // sfc32, Chris Doty-Humphrey's small fast counting generator: https://pracrand.sourceforge.net
  return () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
}
