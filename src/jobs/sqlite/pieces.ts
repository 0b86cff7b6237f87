// How the pieces of a body are numbered. Apart from the tables, because the thread that only reads needs nothing else of them.

/** The pieces of a job's body have the job's number times this, plus 0, 1, 2, … as their place: so many there may be, 16 GiB. */
export const BODY_PIECES_MAX = 65_536
