// The keys that work on the screen that is shown, and the switch that turns them off.
import { signal } from "@preact/signals"
import { Dialog } from "./parts/dialog.tsx"
import { areShortcutsOn, listShortcuts, switchShortcuts } from "./shortcuts.ts"

export const isHelpOpen = signal(false)

export function Help({ onClose }: { onClose(): void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {listShortcuts().map(({ key, does }) => (
          <div key={key}>
            <dt>
              {key.split(" ").map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="choice">
        <input
          type="checkbox"
          checked={areShortcutsOn.value}
          onChange={(event) => switchShortcuts(event.currentTarget.checked)}
        />
        These keys work
      </label>
    </Dialog>
  )
}
