/** What the data shows about events: names, and the properties that came with them. Pure: only types; sample.ts reads the data. */

export interface EventSample {
  readonly name: string;
  /** Model of its stream. */
  readonly stream: string;
  readonly count: number;
  /** ISO 8601, UTC; null when no event has a time. */
  readonly firstSeenAt: string | null;
  readonly lastSeenAt: string | null;
  readonly properties: readonly (PropertySample | DeclaredProperty)[];
}

/** What the check of a segment needs to know of an event. */
export type SeenEvent = Pick<EventSample, 'name' | 'stream' | 'properties'>;

export interface PropertySample {
  /** Path into the event's JSON: `revenue`, `address.city`. */
  readonly name: string;
  /** ClickHouse types of the values that were seen, most frequent first. */
  readonly types: readonly string[];
  /** Share of the sampled events that had it, 0 … 1. */
  readonly share: number;
}

/** A column of the stream's model: declared, not sampled. */
export interface DeclaredProperty {
  readonly name: string;
  /** Its type. */
  readonly types: readonly string[];
  readonly label: string;
  readonly description: string;
}
