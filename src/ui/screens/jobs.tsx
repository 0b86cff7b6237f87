// The list of jobs: placeholder until the list stands.
import { Empty, Head } from "../parts/panels.tsx"

export function Screen() {
  return (
    <>
      <Head title="Jobs" />
      <Empty title="The list is being built" />
    </>
  )
}
