// Asks for the admin token or a virtual key: as a page of its own, or over the page.
import { useLayoutEffect, useRef, useState } from "preact/hooks"
import { explain } from "./client.ts"
import { Dialog } from "./parts/dialog.tsx"
import { Head, Trouble } from "./parts/panels.tsx"
import { signIn, trouble } from "./session.ts"

export function SignIn({ onClose }: { onClose?: () => void }) {
  const [key, setKey] = useState("")
  const [error, setError] = useState(onClose ? null : trouble.value)
  const [isAsking, setAsking] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  // With what is drawn, not after it: a key that is typed at once is not lost.
  useLayoutEffect(() => field.current?.focus(), [])
  const submit = async (event: Event) => {
    event.preventDefault()
    setAsking(true)
    try {
      await signIn(key.trim())
    } catch (refused) {
      setError(explain(refused))
      setAsking(false)
    }
  }
  const form = (
    <form class="signin" onSubmit={(event) => void submit(event)}>
      {error === null ? null : <Trouble text={error} />}
      {/* By it a password manager knows what the key is for. */}
      <input type="text" name="username" autocomplete="username" value="asyncgate" hidden readOnly />
      <label class="field">
        <span>Admin token or virtual key</span>
        <input
          ref={field}
          type="password"
          name="key"
          required
          autocomplete="current-password"
          spellcheck={false}
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" disabled={isAsking || key.trim() === ""}>
        {isAsking ? "Asking…" : "Sign in"}
      </button>
      <p class="lead">
        The admin token was shown at the first start; <code>asyncgate admin-token rotate</code> makes a new one. A
        virtual key shows its own jobs. Either stays in this tab alone.
      </p>
    </form>
  )
  if (onClose) {
    return (
      <Dialog title="Sign in" onClose={onClose}>
        {form}
      </Dialog>
    )
  }
  return (
    <main class="alone">
      <Head title="Sign in" />
      {form}
    </main>
  )
}
