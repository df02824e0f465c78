/**
 * How a `WeightTable` writes down where a feature's cells are: per feature two integers, the start of its block and its
 * shape, which is the class of its block, whether it is dense, and its number of cells.
 *
 * @module
 */

/** The class of the block: an index of sizes. */
export const CLASS_MASK = 31;
/** The cell of slot s is the s-th of the row, if the row has so many. */
export const DENSE = 32;
/** The number of cells stands above the rest. */
export const COUNT_SHIFT = 6;
/** What is left of a shape without its class. */
export const ALIKE_SHIFT = 5;
/** What `slots` holds for a cell of a dense row that is not there; its weight is 0. */
export const ABSENT = -1;
