// Small drawings of 16 by 16, in the colour of the text beside them. They are decoration: the word stands beside them.

const paths = {
  overview: "M2 13.5h12M3.5 11V7M7 11V3.5M10.5 11V6M13 11V8.5",
  jobs: "M2.5 4h11M2.5 8h11M2.5 12h7",
  batches: "M3.500 5.500h9v8h-9zM5 3.500h6M6.500 1.500h3M6 9.500l1.500 1.500L10.500 8",
  queues: "M2.5 3.5h11v3h-11zM2.5 9.5h11v3h-11zM5 6.5v3M11 6.5v3",
  play: "M4.5 3v10l8-5z",
  spend:
    "M8 2v12M11 4.5c-.6-.8-1.7-1.2-3-1.2-1.8 0-3 .9-3 2.2 0 3.1 6.2 1.6 6.2 4.8 0 1.4-1.3 2.3-3.2 2.3-1.5 0-2.7-.5-3.3-1.5",
  providers: "M4.5 12.5a3 3 0 0 1-.3-6 4 4 0 0 1 7.7-.7 3.4 3.4 0 0 1-.4 6.7z",
  keys: "M9.5 6.5a3 3 0 1 0-3 3l.9-.2L8.700 10.500H10V12h1.500v1.500H13.500V11.500z",
  hook: "M5 3v5.500a3 3 0 0 0 6 0V7l2 2M11 7 9 9M3.500 3h3",
  search: "M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM10.300 10.300 13.500 13.500",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.500l3.200 3.200L13 5",
  copy: "M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3",
  theme: "M8 2.500a5.500 5.500 0 1 0 0 11zM8 2.500a5.500 5.500 0 0 1 0 11",
  menu: "M2.500 4.500h11M2.500 8h11M2.500 11.500h11",
  filter: "M2.500 3.500h11l-4.200 5v4l-2.600 1.200v-5.200z",
  pause: "M5 3v10M11 3v10",
  next: "M6 3.500 10.500 8 6 12.500",
  back: "M10 3.500 5.500 8l4.500 4.500",
  help: "M5.700 6a2.300 2.300 0 1 1 3.400 2c-.8.400-1.100.900-1.100 1.700M8 12.200v.3",
  user: "M8 8a2.700 2.700 0 1 0 0-5.400A2.700 2.700 0 0 0 8 8zM3 13.500c.4-2.300 2.300-3.800 5-3.800s4.600 1.500 5 3.800",
  warning: "M8 2.500 14 13H2zM8 6.500v3M8 11.200v.2",
  out: "M9.500 3h-6v10h6M6.500 8h7M11 5.500 13.500 8 11 10.500",
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
