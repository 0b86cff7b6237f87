// What is shown to be typed into a shell.

/** A word as a shell reads it back: a path with a space is otherwise two. */
export function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
