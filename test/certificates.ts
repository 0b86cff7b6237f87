// A certificate authority of a test's own and a server's certificate by it, made anew by openssl.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { $ } from "bun"
import { newDir, removeDir } from "./cleanup.ts"

export interface Certificates {
  /** The authority's certificate, PEM. */
  ca: string
  /** The server's, for localhost, 127.0.0.1 and upstream.test. */
  cert: string
  key: string
}

export async function makeCertificates(): Promise<Certificates> {
  const dir = newDir()
  const read = (name: string) => readFileSync(join(dir, name), "utf8")
  try {
    await Bun.write(join(dir, "ext"), "subjectAltName=DNS:localhost,DNS:upstream.test,IP:127.0.0.1\n")
    const $in = $.cwd(dir)
    const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    await $in`openssl req -x509 ${ec} -keyout ca.key -out ca.pem -days 2 -subj /CN=test-authority -addext basicConstraints=critical,CA:TRUE`.quiet()
    await $in`openssl req ${ec} -keyout s.key -out s.csr -subj /CN=upstream.test`.quiet()
    await $in`openssl x509 -req -in s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out s.pem -days 2 -extfile ext`.quiet()
    return { ca: read("ca.pem"), cert: read("s.pem"), key: read("s.key") }
  } finally {
    removeDir(dir)
  }
}
