/**
 * How the refs of ingests begin that are of no use after the process that began them: they are dropped when the store is
 * opened again.
 */
export const transientRefPrefix = "transient/";
