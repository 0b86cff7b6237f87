// Dialogs: the browser's own, which keeps the focus inside. `confirm` asks before something is done.
import { signal } from "@preact/signals"
import type { ComponentChildren } from "preact"
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks"
import { Icon } from "./icon.tsx"

interface DialogProps {
  title: string
  onClose(): void
  children: ComponentChildren
  /** The buttons at its foot. */
  foot?: ComponentChildren
  isWide?: boolean
}

/** It is open as long as it is rendered. */
export function Dialog({ title, onClose, children, foot, isWide = false }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null)
  const id = useId()
  // It is closed before it is removed: the browser then gives the focus back to what had it.
  useLayoutEffect(() => {
    const dialog = box.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: with the keyboard, Escape closes it
    <dialog
      ref={box}
      class={isWide ? "wide" : ""}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => event.target === box.current && onClose()}
    >
      <div class="dialog">
        <header>
          <h2 id={id}>{title}</h2>
          <button type="button" class="bare" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        <div class="dialog-body">{children}</div>
        {foot ? <footer>{foot}</footer> : null}
      </div>
    </dialog>
  )
}

interface Question {
  title: string
  /** What will happen. */
  body: ComponentChildren
  /** What the button says, as "Delete 12 jobs". */
  action: string
  /** It cannot be undone. */
  isDangerous?: boolean
  /** What must be typed first. */
  word?: string
}

const question = signal<(Question & { answer(isMeant: boolean): void }) | null>(null)

/** Asks the reader; false where they think better of it. */
export function confirm(asked: Question): Promise<boolean> {
  question.peek()?.answer(false)
  return new Promise((resolve) => {
    question.value = {
      ...asked,
      answer(isMeant) {
        question.value = null
        resolve(isMeant)
      },
    }
  })
}

/** Where the question of `confirm` is shown. */
export function ConfirmDialog() {
  const asked = question.value
  return asked === null ? null : <Confirm key={asked.title} {...asked} />
}

function Confirm({
  title,
  body,
  action,
  isDangerous = false,
  word,
  answer,
}: Question & { answer(isMeant: boolean): void }) {
  const [typed, setTyped] = useState("")
  const isReady = word === undefined || typed.trim() === word
  const foot = (
    <>
      <button type="button" onClick={() => answer(false)}>
        Keep as it is
      </button>
      <button type="button" class={isDangerous ? "danger" : "primary"} disabled={!isReady} onClick={() => answer(true)}>
        {action}
      </button>
    </>
  )
  return (
    <Dialog title={title} onClose={() => answer(false)} foot={foot}>
      {body}
      {word === undefined ? null : <TypedWord word={word} typed={typed} onType={setTyped} />}
    </Dialog>
  )
}

/** The field in which a word must be typed before something large is done. */
export function TypedWord({ word, typed, onType }: { word: string; typed: string; onType(text: string): void }) {
  return (
    <label class="field">
      <span>
        Type <strong>{word}</strong> to go on
      </span>
      <input
        value={typed}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => onType(event.currentTarget.value)}
      />
    </label>
  )
}
