// What `with { type: "file" }` gives for Swagger UI's files: a path that Bun.file reads, inside the compiled binary too.
declare module "*.gz" {
  const path: string

  export = path
}

declare module "*.init.js" {
  const path: string

  export = path
}
