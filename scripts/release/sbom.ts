// A list of what a program consists of, in the form of CycloneDX 1.6 (ECMA-424), for those who must know whether a fault in a package concerns them.
import { createRequire } from "node:module"
import { join } from "node:path"
import type { Target } from "../../src/release/manifest.ts"
import type { Package } from "./inventory.ts"
import type { Locked } from "./lockfile.ts"
import { releaseDir } from "./runtimes.ts"

const FORM = "1.6"
/** Bun's own, and where those of what is linked into it are named: JavaScriptCore's, for one, is LGPL-2. */
const BUN_LICENSES = [
  { license: { id: "MIT" } },
  {
    license: {
      name: "Those of linked libraries",
      url: `https://github.com/oven-sh/bun/blob/bun-v${Bun.version}/LICENSE.md`,
    },
  },
]

export interface Program {
  target: Target
  version: string
  /** The commit that it is built from. */
  commit: string
  /** The time of the commit, as 2026-12-01T12:00:00Z. */
  date: string
  /** Of the program's file, in hexadecimal. */
  sha256: string
}

/** @returns the text of the list, the same each time */
export function writeSbom(program: Program, packages: readonly Package[], runtime: Locked): string {
  const { target, version, commit, date, sha256 } = program
  const ref = `asyncgate@${version}`
  const libraries = packages.map((each) => ({
    type: "library",
    ...describe(each),
    licenses: [/ (OR|AND|WITH) /.test(each.license) ? { expression: each.license } : { license: { id: each.license } }],
  }))
  const bun = { type: "platform", ...describe(runtime), licenses: BUN_LICENSES }
  const components = [bun, ...libraries]
  const sbom = {
    $schema: `http://cyclonedx.org/schema/bom-${FORM}.schema.json`,
    bomFormat: "CycloneDX",
    specVersion: FORM,
    serialNumber: `urn:uuid:${Bun.randomUUIDv5(`asyncgate ${commit} ${target} ${sha256}`, "url")}`,
    version: 1,
    metadata: {
      timestamp: date,
      component: {
        type: "application",
        "bom-ref": ref,
        name: "asyncgate",
        version,
        description: `The program for ${target}, built from commit ${commit}.`,
        hashes: [{ alg: "SHA-256", content: sha256 }],
        licenses: [{ license: { id: "Apache-2.0" } }],
      },
    },
    components,
    dependencies: [{ ref, dependsOn: components.map((each) => each["bom-ref"]) }],
  }
  return `${JSON.stringify(sbom, null, 2)}\n`
}

function describe({ name, version, integrity }: Locked) {
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`
  const content = Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex")
  return { "bom-ref": purl, name, version, purl, hashes: [{ alg: "SHA-512", content }] }
}

/** Checks a list against the schema of CycloneDX. @throws Error with what is wrong. */
export async function checkSbom(text: string): Promise<void> {
  const { Validation } = createRequire(join(releaseDir, "package.json"))("@cyclonedx/cyclonedx-library") as Library
  const errors = await new Validation.JsonStrictValidator(FORM).validate(text)
  if (errors !== null) throw new Error(`The SBOM is not one of CycloneDX ${FORM}: ${JSON.stringify(errors)}`)
}

/** What is used of @cyclonedx/cyclonedx-library, which only a release installs. */
interface Library {
  Validation: { JsonStrictValidator: new (version: string) => { validate(text: string): Promise<unknown> } }
}
