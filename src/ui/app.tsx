// The frame of every screen: navigation, who the reader is, what is live, and the screen that the address names.
import { Component, type ComponentChildren, type ComponentType } from "preact"
import { useEffect, useState } from "preact/hooks"
import { isPaused, liveState } from "./changes.ts"
import { Help, isHelpOpen } from "./help.tsx"
import { ConfirmDialog } from "./parts/dialog.tsx"
import { Icon } from "./parts/icon.tsx"
import { Empty, Loading, Trouble } from "./parts/panels.tsx"
import { Toasts } from "./parts/toast.tsx"
import { go, matchPath, url } from "./router.ts"
import { type ScreenProps, type ScreenRow, screens } from "./screens/screens.ts"
import { identify, type Me, me, signOut, trouble } from "./session.ts"
import { useShortcuts } from "./shortcuts.ts"
import { SignIn } from "./signin.tsx"
import { changeTheme, theme } from "./theme.ts"

export function App() {
  const reader = me.value
  return (
    <>
      {reader === null ? <Opening /> : reader.kind === "anonymous" ? <SignIn /> : <Frame reader={reader} />}
      <ConfirmDialog />
      <Toasts />
    </>
  )
}

function Opening() {
  return (
    <main class="alone">
      {trouble.value === null ? <Loading /> : <Trouble text={trouble.value} onRetry={() => void identify()} />}
    </main>
  )
}

function Frame({ reader }: { reader: Me }) {
  const mine = screens.filter(({ may }) => may(reader))
  const links = mine.filter(({ icon }) => icon !== null)
  useShortcuts({
    "?": { does: "Show these keys", run: () => setHelp(true) },
    t: { does: "Change the theme", run: changeTheme },
    ".": { does: "Pause and go on", run: togglePause },
    ...Object.fromEntries(
      links.flatMap(({ key, title, path }) =>
        key === null ? [] : [[`g ${key}`, { does: title, run: () => go(path) }]],
      ),
    ),
  })
  return (
    <div class="frame">
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <Bar reader={reader} links={links} />
      <main id="content" tabIndex={-1}>
        <Shown reader={reader} mine={mine} />
      </main>
      {isHelpOpen.value ? <Help onClose={() => setHelp(false)} /> : null}
    </div>
  )
}

function Bar({ reader, links }: { reader: Me; links: readonly ScreenRow[] }) {
  const [isOpen, setOpen] = useState(false)
  const path = url.value.pathname
  useEffect(() => setOpen(false), [path])
  return (
    <header class={isOpen ? "bar open" : "bar"}>
      <div class="bar-top">
        <a class="brand" href={links[0]?.path ?? "/ui"}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M3 4.500h10M3 8h6M3 11.500h10" />
          </svg>
          asyncgate
        </a>
        <button
          type="button"
          class="bare menu"
          aria-expanded={isOpen}
          aria-controls="navigation"
          aria-label="Menu"
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen ? "close" : "menu"} />
        </button>
      </div>
      <div class="bar-rest" id="navigation">
        <nav aria-label="Screens">
          {links.map((screen) => (
            <a key={screen.path} href={screen.path} aria-current={isAt(screen, path) ? "page" : undefined}>
              {screen.icon === null ? null : <Icon name={screen.icon} />}
              {screen.title}
            </a>
          ))}
        </nav>
        <div class="bar-foot">
          <LiveButton />
          <button type="button" class="quiet" onClick={changeTheme}>
            <Icon name="theme" />
            {theme.value === "system" ? "As the system" : theme.value === "dark" ? "Dark" : "Light"}
          </button>
          <button type="button" class="quiet" onClick={() => setHelp(true)}>
            <Icon name="help" />
            Keys
          </button>
          <a class="quiet" href="/docs">
            <Icon name="out" />
            API
          </a>
          <Reader reader={reader} />
        </div>
      </div>
    </header>
  )
}

/** Whether the screens follow what happens, and the switch for it. */
function LiveButton() {
  const state = isPaused.value ? "paused" : liveState.value
  const words = { paused: "Paused", live: "Live", polling: "Every 5 s", off: "Not live" }[state]
  return (
    <button type="button" class="quiet" aria-pressed={isPaused.value} title="Pause or go on (.)" onClick={togglePause}>
      {state === "paused" ? <Icon name="pause" /> : <span class={`dot ${state}`} aria-hidden="true" />}
      {words}
    </button>
  )
}

function Reader({ reader }: { reader: Me }) {
  const [isSigningIn, setSigningIn] = useState(false)
  if (reader.kind === "sole_user" || reader.kind === "caller_key") {
    return (
      <>
        <button type="button" class="quiet" onClick={() => setSigningIn(true)}>
          <Icon name="user" />
          Sign in
        </button>
        {isSigningIn ? <SignIn onClose={() => setSigningIn(false)} /> : null}
      </>
    )
  }
  const name = reader.kind === "admin" ? "Admin" : (reader.virtual_key?.name ?? "Virtual key")
  return (
    <button type="button" class="quiet" title={`Signed in as ${name}`} onClick={signOut}>
      <Icon name="user" />
      <span class="cut">{name}</span>
      <span class="hint">Sign out</span>
    </button>
  )
}

/** The screen of the address. Whoever may not use the first one is led to theirs. */
function Shown({ reader, mine }: { reader: Me; mine: readonly ScreenRow[] }) {
  const path = url.value.pathname
  const found = screens
    .map((screen) => ({ screen, params: matchPath(screen.path, path) }))
    .find(({ params }) => params !== null)
  const first = mine[0]
  const isLed = found !== undefined && found.screen === screens[0] && !found.screen.may(reader) && first !== undefined
  useEffect(() => {
    if (isLed) go(first.path, true)
  }, [isLed, first])
  if (isLed) return null
  if (found === undefined) {
    return (
      <Empty title="There is no such page">
        <p>
          <a href="/ui">Go to the start</a>
        </p>
      </Empty>
    )
  }
  if (!found.screen.may(reader)) return <NotYours screen={found.screen} />
  return <Lazy key={found.screen.path} screen={found.screen} params={found.params ?? {}} />
}

const admin: Me = {
  kind: "admin",
  virtual_key: null,
  may: { list: true, operate: true, manage_keys: true },
  ui: { bodies: true },
  version: "",
}

function NotYours({ screen: { title, may } }: { screen: ScreenRow }) {
  const isForAdmin = may(admin)
  return (
    <Empty title={`${title} is only for ${isForAdmin ? "the admin" : "virtual keys"}`}>
      <p>{isForAdmin ? "The admin token shows it." : "Whoever signs in with one sees its limits here."}</p>
    </Empty>
  )
}

const loaded = new Map<ScreenRow, ComponentType<ScreenProps>>()

function Lazy({ screen, params }: { screen: ScreenRow; params: Record<string, string> }) {
  const [isFailed, setFailed] = useState(false)
  const [, setLoaded] = useState(loaded.has(screen))
  useEffect(() => {
    if (loaded.has(screen)) return
    screen.load().then(
      (found) => {
        loaded.set(screen, found.Screen)
        setLoaded(true)
      },
      () => setFailed(true),
    )
  }, [screen])
  const Found = loaded.get(screen)
  if (Found) {
    return (
      <Guarded>
        <Found params={params} />
      </Guarded>
    )
  }
  return isFailed ? (
    <Trouble
      text="This part of the page could not be loaded: the gateway is stopped, or was updated since."
      onRetry={() => location.reload()}
    />
  ) : (
    <Loading />
  )
}

/** A screen that breaks takes nothing else with it. */
class Guarded extends Component<{ children: ComponentChildren }, { error: string | null }> {
  override state = { error: null }

  static override getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error.message : String(error) }
  }

  override render() {
    if (this.state.error === null) return this.props.children
    return (
      <Trouble
        text={`This screen broke, which is a fault of the page: ${this.state.error}`}
        onRetry={() => location.reload()}
      />
    )
  }
}

function isAt({ path }: ScreenRow, at: string): boolean {
  return path === "/ui" ? /^\/ui\/?$/.test(at) : at === path || at.startsWith(`${path}/`)
}

function togglePause(): void {
  isPaused.value = !isPaused.value
}

function setHelp(isOpen: boolean): void {
  isHelpOpen.value = isOpen
}
