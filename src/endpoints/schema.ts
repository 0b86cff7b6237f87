// Turns a schema's complaints into one sentence that names the member and what it must be.
import type { TLocalizedValidationError } from "typebox/error"

/** The first complaint. `param` is the member as a programmer would write it: `messages[0].role`. */
export function describe(errors: TLocalizedValidationError[]): { message: string; param: string } {
  const first = errors[0]
  if (!first) throw new Error("there is no complaint to describe")
  if (first.keyword === "required") {
    const param = nameOf(`${first.instancePath}/${first.params.requiredProperties[0]}`)
    return { message: `${param} is required`, param }
  }
  const param = nameOf(first.instancePath)
  // A union complains once for each of its forms.
  const types = errors.flatMap((error) =>
    error.keyword === "type" && error.instancePath === first.instancePath ? [error.params.type].flat() : [],
  )
  return {
    message: `${param} ${types.length > 0 ? `must be ${types.map(withArticle).join(" or ")}` : first.message}`,
    param,
  }
}

function withArticle(type: string): string {
  return type === "null" ? type : `${/^[aio]/.test(type) ? "an" : "a"} ${type}`
}

function nameOf(pointer: string): string {
  return pointer
    .slice(1)
    .split("/")
    .reduce((name, part) => (/^\d+$/.test(part) ? `${name}[${part}]` : name === "" ? part : `${name}.${part}`), "")
}
