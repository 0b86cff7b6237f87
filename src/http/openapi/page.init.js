// Starts Swagger UI on the page at /docs. Runs in the reader's browser, and asks only the gateway that it came from.

/**
 * What stands at a path of the document, with every reference replaced by what it names. The document refers to nothing but
 * its own components, none of which holds itself. Swagger UI's own way goes through the whole document each time an
 * operation is opened, which takes seconds.
 */
function resolve(document, path) {
  const inline = (part) => {
    if (Array.isArray(part)) return part.map(inline)
    if (typeof part !== "object" || part === null) return part
    const { $ref, ...own } = part
    const members = Object.fromEntries(Object.entries(own).map(([name, value]) => [name, inline(value)]))
    if (typeof $ref !== "string") return members
    const names = $ref.slice("#/".length).split("/")
    const title = names[1] === "schemas" ? { title: names.at(-1) } : {}
    return { ...title, ...inline(at(names)), ...members }
  }
  const at = (names) => names.reduce((whole, name) => whole?.[name], document)
  return inline(at(path))
}

const plugin = {
  fn: { resolveSubtree: async (document, path) => ({ spec: resolve(document, path), errors: [] }) },

  /**
   * Of a form only what the document has an example of is filled in: nothing is made up of a type or a pattern. A form's
   * fields are what Swagger UI asks a value for without a media type.
   */
  afterLoad() {
    const { getSampleSchema } = this.fn
    this.fn.getSampleSchema = (schema, mediaType, ...rest) => {
      const { type, examples } = schema?.toJS?.() ?? {}
      if (mediaType !== false || examples !== undefined) return getSampleSchema(schema, mediaType, ...rest)
      return type === "array" ? [] : ""
    }
  },

  wrapComponents: {
    /** What is left empty is not sent, unless the reader ticks its box: the box comes ticked. */
    ParameterIncludeEmpty:
      (Original, { React }) =>
      (props) =>
        React.createElement(Original, {
          ...props,
          isIncludedOptions: { ...props.isIncludedOptions, defaultValue: false },
        }),
  },

  statePlugins: {
    oas3: {
      wrapActions: {
        /** A body of one media type is none of another: with a new type its own example is there. */
        setRequestContentType:
          (original, { oas3Actions, oas3Selectors }) =>
          (chosen) => {
            const before = oas3Selectors.requestContentType(...chosen.pathMethod)
            const action = original(chosen)
            if (before !== chosen.value)
              oas3Actions.setRequestBodyValue({ value: undefined, pathMethod: chosen.pathMethod })
            return action
          },
      },
    },
    auth: {
      wrapSelectors: {
        /** A closed padlock says that a key is sent. Without this it is closed wherever none is needed. */
        isAuthorized: (original) => (state, securities) =>
          original(
            state,
            securities?.filter((security) => security.size > 0),
          ),
      },
    },
  },
}

SwaggerUIBundle({
  dom_id: "#swagger-ui",
  url: "/docs/json",
  // Its badge would send the document to a validator on the internet.
  validatorUrl: null,
  deepLinking: true,
  // Of more than a hundred open rows Swagger UI draws only those in sight, and draws all anew with each that is opened.
  docExpansion: "none",
  displayRequestDuration: true,
  tryItOutEnabled: true,
  plugins: [plugin],
})
