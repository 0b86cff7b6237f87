/** Where releases are published. install.sh has it too, and a test holds that both are the same. */
export const repositoryUrl = "https://github.com/asyncgate/asyncgate"
