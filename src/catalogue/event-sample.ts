/** What the data says about events: names, and the properties that came with them. Pure: shape only, sample.ts reads it. */

export interface EventSample {
  readonly name: string;
  readonly count: number;
  /** ISO 8601, UTC. */
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly properties: readonly PropertySample[];
}

export interface PropertySample {
  /** Path into the event's JSON: `revenue`, `address.city`. */
  readonly name: string;
  /** ClickHouse's types of the values that were seen, most frequent first. */
  readonly types: readonly string[];
  /** Share of the sampled events that had it, 0 … 1. */
  readonly share: number;
}
