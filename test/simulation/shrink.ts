// Shortens a failing script: leaves out every step that the failure does not need, and makes the other steps as small as possible.
import type { Arbitrary } from "fast-check"

/** @param fails must return true for the whole script */
export function shrink<T>(script: readonly T[], steps: Arbitrary<T>, fails: (script: readonly T[]) => boolean): T[] {
  let shortest = [...script]
  for (let before = -1; before !== shortest.length; ) {
    before = shortest.length
    shortest = withoutParts(shortest, fails)
    shortest = withSmallSteps(shortest, steps, fails)
  }
  return shortest
}

/** Leaves out halves, then quarters, and so on down to single steps. */
function withoutParts<T>(script: readonly T[], fails: (script: readonly T[]) => boolean): T[] {
  let left = [...script]
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = left.length - size; start > -size; start -= size) {
      const without = left.filter((_, index) => index < start || index >= start + size)
      if (fails(without)) left = without
    }
  }
  return left
}

function withSmallSteps<T>(script: readonly T[], steps: Arbitrary<T>, fails: (script: readonly T[]) => boolean): T[] {
  const left = [...script]
  for (let index = 0; index < left.length; index++) {
    for (let isSmaller = true; isSmaller; ) {
      isSmaller = false
      for (const { value } of steps.shrink(left[index] as T, undefined)) {
        if (!fails(left.with(index, value))) continue
        left[index] = value
        isSmaller = true
        break
      }
    }
  }
  return left
}
