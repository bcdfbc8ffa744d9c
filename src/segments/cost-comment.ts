/**
 * The comment that a query carries in the warehouse's query log, so that its cost can be told of its segment. Pure.
 *
 * @example
 * costComment('publish', 'lapsing') // 'segment publish lapsing'
 */
export const COST_PURPOSES = ['publish', 'preview', 'size', 'explain', 'compare'] as const;
export type CostPurpose = (typeof COST_PURPOSES)[number];

/** `segment` is a slug: it has no spaces. */
export const costComment = (purpose: CostPurpose, segment: string) => `segment ${purpose} ${segment}`;
