// The entry of the dashboard: starts what listens and draws the page.
import { render } from "preact"
import { App } from "./app.tsx"
import { startLive } from "./changes.ts"
import { startRouter } from "./router.ts"
import { startSession } from "./session.ts"
import { startShortcuts } from "./shortcuts.ts"
import { startTheme } from "./theme.ts"
import { startTimers } from "./ticks.ts"

startTheme()
startTimers()
startSession()
startRouter()
startShortcuts()
startLive()

const place = document.getElementById("app")
if (place) render(<App />, place)
