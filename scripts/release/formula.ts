// Writes what Homebrew and Scoop install from: a formula for a tap and a manifest for a bucket of the project's own. Both name the
// archives of a release and their sums.
import type { Target } from "../../src/release/manifest.ts"
import { repositoryUrl } from "./repository.ts"

export interface Archives {
  version: string
  /** The sum in hexadecimal by the name of the archive, as in SHA256SUMS. */
  sums: ReadonlyMap<string, string>
}

const description = "Local AI gateway that keeps every request as a durable job"

/** The text of asyncgate.rb. @throws Error that names the archive, if one of its four is not in the sums */
export function writeFormula(archives: Archives): string {
  const source = (target: Target) => {
    const { url, sha256 } = locate(archives, target, "tar.gz")
    return [`url "${url}"`, `sha256 "${sha256}"`]
  }
  const choice = (system: string, name: string) => [
    `  on_${system} do`,
    ...[
      ["arm", "arm64"],
      ["intel", "x64"],
    ].flatMap(([brewed, cpu]) => [
      `    on_${brewed} do`,
      ...source(`${name}-${cpu}` as Target).map((line) => `      ${line}`),
      "    end",
    ]),
    "  end",
    "",
  ]
  return `${[
    "class Asyncgate < Formula",
    `  desc "${description}"`,
    `  homepage "${repositoryUrl}"`,
    `  version "${archives.version}"`,
    '  license "Apache-2.0"',
    "",
    ...choice("macos", "darwin"),
    ...choice("linux", "linux"),
    "  def install",
    '    bin.install "asyncgate"',
    "  end",
    "",
    "  service do",
    '    run opt_bin/"asyncgate"',
    "    keep_alive successful_exit: false",
    '    log_path var/"log/asyncgate.log"',
    '    error_log_path var/"log/asyncgate.log"',
    "  end",
    "",
    "  test do",
    '    assert_equal version.to_s, shell_output("#{bin}/asyncgate --version").strip',
    "  end",
    "end",
  ].join("\n")}\n`
}

/** The text of asyncgate.json. @throws Error that names the archive, if one of its two is not in the sums */
export function writeScoopManifest(archives: Archives): string {
  const source = (target: Target) => {
    const { name, url, sha256 } = locate(archives, target, "zip")
    return { url, hash: sha256, extract_dir: name }
  }
  const later = (target: Target) => ({
    url: `${repositoryUrl}/releases/download/v$version/asyncgate-$version-${target}.zip`,
    extract_dir: `asyncgate-$version-${target}`,
  })
  const manifest = {
    version: archives.version,
    description,
    homepage: repositoryUrl,
    license: "Apache-2.0",
    architecture: { "64bit": source("windows-x64"), arm64: source("windows-arm64") },
    bin: "asyncgate.exe",
    checkver: { github: repositoryUrl },
    autoupdate: {
      architecture: { "64bit": later("windows-x64"), arm64: later("windows-arm64") },
      hash: { url: "$baseurl/SHA256SUMS" },
    },
  }
  return `${JSON.stringify(manifest, null, 2)}\n`
}

function locate({ version, sums }: Archives, target: Target, ending: string) {
  const name = `asyncgate-${version}-${target}`
  const sha256 = sums.get(`${name}.${ending}`)
  if (sha256 === undefined) throw new Error(`there is no sum of ${name}.${ending}`)
  return { name, sha256, url: `${repositoryUrl}/releases/download/v${version}/${name}.${ending}` }
}
