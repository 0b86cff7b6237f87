// Repetitions that alternate: whatever else the machine does meets everything that is compared alike.

export const REPETITIONS = 5

/** Measures each by turns, every other time in the reverse order, and returns what each repetition found. */
export async function inTurns<Name extends string, T>(
  names: readonly Name[],
  measure: (name: Name) => Promise<T>,
): Promise<Record<Name, T[]>> {
  const found = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<Name, T[]>
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    for (const name of repetition % 2 === 0 ? names : names.toReversed()) found[name].push(await measure(name))
  }
  return found
}
