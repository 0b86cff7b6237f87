// The columns of files and batches by the members that they hold, and which batches have not ended.
import { unfinishedStatuses } from "../../batches/batch.ts"
import { listNames, nameColumns } from "./columns.ts"
import { batches, files } from "./tables.ts"

export const fileNames = listNames(files)
export const batchNames = listNames(batches)

/** For a SELECT. */
export const fileColumns = nameColumns(fileNames)
export const batchColumns = nameColumns(batchNames)

/** Their statuses, for a condition of SQL. The partial index has the same. */
export const unfinished = unfinishedStatuses.map((status) => `'${status}'`).join()
