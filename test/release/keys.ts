// Keys that minisign 0.11 made for these tests, which sign nothing else, and what it signed with one of them.
export const password = "correct horse"

export const plain = {
  publicKey: "RWQKHkukQmI86DBJ49PYrIxZmqZ3bOWsYdKyam7993u2uY4geOw1bjGU",
  secretKey:
    "untrusted comment: minisign encrypted secret key\nRWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACh5LpEJiPOhHH2tYu6kGNIgmknrpT8F4O3yqBzjRYiP3ByH+g/B2UDBJ49PYrIxZmqZ3bOWsYdKyam7993u2uY4geOw1bjGUAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
}

/**
 * The same, encrypted with the password. minisign opens it too, but would have encrypted it so that opening takes 1 GiB and seconds; the limits
 * stand in the file, and these are 16 MiB.
 */
export const encrypted = {
  publicKey: plain.publicKey,
  secretKey:
    "untrusted comment: minisign encrypted secret key\nRWRTY0IyY0ea1poJCyWCd+yPum+ZQZov+ySJgVEGV8lEzNEUjpcAAAgAAAAAAAAAAAEAAAAAim0Jh3t6fTHaZV6X8R2VxuKl2YP8EdnJxyPJVL9+sKp4y8cSpL4LjIX02k0Bhcr3XVUgwopja6kMJb9QD/a/2QOUh0Rtss/6MRsybLgnl0pL3N2N7508NZ+GKtBALkX8RuyNM1TyCEI=\n",
}

/** Of another key. */
export const otherPublicKey = "RWSS+H3eIELKJKmap40dxVye71B3C47M1hBH/03HBnz30DzulLd8T5VP"

export const message = "the sums of a release\n"

/** Of the message, with the plain key. */
export const signed = `untrusted comment: made by minisign
RUQKHkukQmI86M2CKisTaDFf3WFw5LO1bYao67Tri3ZSDsU8HgwJsI4ZdN4hcMUOyQR79K66VqdDghKJHIpkPbHZamoidK5Kkw0=
trusted comment: asyncgate 1.2.3 SHA256SUMS
lvzYl5NFUpMrcV+OatQWOrKoX6b6dEXrE3TRUIDNh32STtm7SYXc3PYfGSm14ye4ZJrbqyxqwdaO6OI/V1EjAg==
`

/** The same in minisign's older form (-l). */
export const legacy = `untrusted comment: made by minisign
RWQKHkukQmI86N3UsBo9JMFEo+MzZDCXp9Qf4cxiOchu5xOUIklvGY6ltY6UTAjGPaEkGeIcKtkVfV7BCmqgOn6ZUrqZ0XhfhgA=
trusted comment: asyncgate 1.2.3 SHA256SUMS
+BqUdZivYJvCHpbbII340U+hpK0FhVcb/OmODDPJQZkiXNjYVFIGEw7ghA9i+OGRkGOCK8+hnMcywEhBN0L3Dg==
`
