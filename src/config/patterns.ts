// How keys are written, as regular expressions. They stand apart from the schema, which is loaded only where there is a config.json.

/** A provider's key: what can stand in a header. */
export const KEY_PATTERN = "^[\\x21-\\x7e]+$"

/** A virtual key. A shorter one of one's own could be guessed. */
export const VIRTUAL_KEY_PATTERN = "^(sk-bf-[\\x21-\\x7e]+|[\\x21-\\x7e]{16,})$"
