/** The warehouse's column types, for destinations whose columns have types of their own. */
export { innerType } from '../sql/column-type.ts';
