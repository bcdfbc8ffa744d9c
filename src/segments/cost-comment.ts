/** The comment that a query carries in the warehouse's query log, by which its cost is charged to its segment. Pure. */

/** `preview`: whatever is asked before a publication, such as a size. `evaluate`: members of several segments, found by one query. */
export type CostPurpose = 'publish' | 'evaluate' | 'preview';

/** `segment publish lapsing`. Ids are slugs, without spaces; those of several are joined by commas. */
export const costComment = (purpose: CostPurpose, segment: string) => `segment ${purpose} ${segment}`;
