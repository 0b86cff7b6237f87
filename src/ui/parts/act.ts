// Does what a button asks for, and says how that went.
import { explain } from "../client.ts"
import { toast } from "./toast.tsx"

/**
 * @param done what is said once it is done
 * @param onDone called in either case: what the page shows may have changed
 * @returns whether it was done
 */
export async function act(run: () => Promise<unknown>, done: string, onDone = () => {}): Promise<boolean> {
  try {
    await run()
    toast(done, "good")
    return true
  } catch (error) {
    toast(explain(error), "bad")
    return false
  } finally {
    onDone()
  }
}
