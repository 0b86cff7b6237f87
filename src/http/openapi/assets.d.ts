// What `with { type: "file" }` gives for Swagger UI's files: a path that Bun.file reads, inside the compiled binary too.
declare module "swagger-ui-dist/*" {
  const path: string

  export = path
}

declare module "*.init.js" {
  const path: string

  export = path
}
