// How a body is cut into pieces. Apart from the tables, because the thread that only reads needs nothing else of them.

/** In these pieces a body is stored: 25 MB stream out in 50 ms, from one BLOB in 800 ms. */
export const BODY_PIECE_BYTES = 256 * 1024
/** The pieces of a job's body stand at its number times this, plus 0, 1, 2, …: so many there may be, 16 GiB. */
export const BODY_PIECES_MAX = 65_536
