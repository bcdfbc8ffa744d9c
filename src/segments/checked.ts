/** A segment whose names exist and whose operators fit: the input of the compiler. Pure. */
import type { Audience, Entity, EventStream, Relation, Trait, TypedColumn } from '../catalogue/catalogue.ts';
import type { Path } from '../documents/problem.ts';
import type { TableName } from '../sql/sql-text.ts';
import type { CheckedWhole } from './checked-whole.ts';
import type { SegmentDefinition } from './definition.ts';
import type { Period } from './language/window.ts';

export interface CheckedSegment {
  readonly definition: SegmentDefinition;
  readonly entity: Entity;
  readonly root: CheckedNode;
  readonly whole: CheckedWhole;
  /** Ids of the segments whose published members it reads. */
  readonly references: readonly string[];
}

export type CheckedNode = GroupNode | NegatedNode | Leaf;

export type Leaf = TraitCondition | GroupedCondition | SetCondition;

/** Judged by rows that are grouped by the entity's key: its events, its related rows. */
export type GroupedCondition = EventCondition | SequenceCondition | RelatedCondition;

/** Holds for the entities whose key is in a set. */
export type SetCondition = SegmentCondition | SqlCondition | ListCondition | AudienceCondition;

export const isSet = (node: CheckedNode): node is SetCondition =>
  node.kind === 'segment' || node.kind === 'sql' || node.kind === 'list' || node.kind === 'audience';

export interface GroupNode {
  readonly kind: 'all' | 'any';
  readonly path: Path;
  readonly children: readonly CheckedNode[];
}

export interface NegatedNode {
  readonly kind: 'not';
  readonly path: Path;
  readonly child: CheckedNode;
}

export interface TraitCondition {
  readonly kind: 'trait';
  readonly path: Path;
  readonly trait: Trait;
  readonly test: Test | TraitComparison | TraitRank | OpenTraitTest;
}

export interface EventCondition {
  readonly kind: 'event';
  readonly path: Path;
  /** Names of the events; any of them counts. */
  readonly events: readonly string[] | 'any';
  readonly measure: Measure;
  readonly during: EventWindow;
  /** One for each stream that may have any of these events. Events of all streams are counted together. */
  readonly parts: readonly EventPart[];
}

export interface EventPart {
  readonly stream: EventStream;
  /** Those of the condition's events that this stream may have. */
  readonly events: NamesAsked;
  /** All of them must hold for the same event. */
  readonly filters: readonly EventTest[];
  /** What a measure of values reads. */
  readonly value?: EventValue;
  /** What the first or last event has to be; undefined when no event of this stream can be it. */
  readonly edge?: { readonly events: NamesAsked; readonly filters: readonly EventTest[] };
}

/** Events that a condition speaks of, and where in the document it names them. */
export interface NamedEvents {
  readonly path: Path;
  /** Empty for any event, which a condition on events alone may ask for. */
  readonly events: readonly string[];
  readonly parts: readonly EventPart[];
}

/**
 * Events of one entity in the order of the steps, each later than the one before. One choice of an event for each step is a run; the
 * condition counts runs of which each starts later than the one before ends.
 */
export interface SequenceCondition {
  readonly kind: 'sequence';
  readonly path: Path;
  readonly steps: readonly SequenceStep[];
  /** A run only counts when none of these comes after its last step, within that time; judged when the time has passed at `as_of`. */
  readonly ending?: NamedEvents & { readonly within?: Length };
  /** Only events with the same value of all of these are one sequence. */
  readonly same: readonly ComparedProperty[];
  /** There are two steps, and their events have different values of it. */
  readonly different?: ComparedProperty;
  readonly times: Count;
  readonly during: TimeWindow;
}

export interface SequenceStep extends NamedEvents {
  /** Of all events of this step only that one. */
  readonly only?: 'first' | 'last' | undefined;
  /** Gaps to the event of the step before, both ends included. */
  readonly within?: Length;
  readonly afterMs?: number;
  /** Events that may not lie between the step before and this one. */
  readonly without: readonly NamedEvents[];
}

/** A property whose values are compared between events, and where each stream has it. */
export interface ComparedProperty {
  readonly name: string;
  readonly places: ReadonlyMap<EventStream, EventValue>;
}

/** `not_in`: every event but those. */
export interface NamesAsked {
  readonly is: 'in' | 'not_in';
  readonly names: readonly string[];
}

/** A path into JSON, or a column. */
export type EventValue =
  | { readonly is: 'json'; readonly property: readonly string[] }
  | { readonly is: 'column'; readonly property: TypedColumn };

export type EventTest =
  | { readonly is: 'json'; readonly property: readonly string[]; readonly test: JsonTest }
  | { readonly is: 'column'; readonly property: TypedColumn; readonly test: Test }
  /** 0 to 23, on the clock in the segment's zone. */
  | { readonly is: 'hour'; readonly hours: readonly number[] }
  /** 1 is Monday, 7 is Sunday. */
  | { readonly is: 'weekday'; readonly days: readonly number[] };

/** What is asked of all events of a condition together. `of`: the property, as it is written. */
export type Measure =
  | { readonly is: 'count'; readonly count: Count }
  | { readonly is: 'distinct'; readonly of: string; readonly count: Count }
  | { readonly is: 'repeats'; readonly of: string; readonly count: Count }
  | { readonly is: Aggregate; readonly of: string; readonly test: AmountTest }
  | { readonly is: 'first' | 'last'; readonly events: readonly string[] }
  | ComparedMeasure;

export type Aggregate = 'sum' | 'avg' | 'min' | 'max';

export type AmountTest = OrderTest | { readonly is: 'eq'; readonly number: string };

/** The measure is compared with `times / per` of itself over another window. `C`: what a value is named by. */
export interface ComparedMeasure<C = string> {
  readonly is: 'compared';
  readonly measure: { readonly is: 'count' } | { readonly is: Aggregate; readonly of: C };
  readonly comparison: 'eq' | Comparison;
  readonly during: TimeWindow;
  /** Decimal text above 0. */
  readonly times: string;
  readonly per: number;
}

export interface RelatedCondition {
  readonly kind: 'related';
  readonly path: Path;
  /** From the entity to the rows. */
  readonly way: readonly [Relation, ...Relation[]];
  /** All of them must hold for the same row. */
  readonly filters: readonly RowFilter[];
  /** Undefined when the rows are of any time. */
  readonly during?: { readonly at: RowColumn; readonly window: EventWindow };
  readonly measure: RowMeasure<RowColumn> | RowsAsked;
}

/** What all of the rows are, or the first or last of them by the column of `during`. */
export interface RowsAsked {
  readonly is: 'every' | 'first' | 'last';
  readonly filters: readonly RowFilter[];
}

/** A column of a row, or of the one row that relations lead to from it. */
export interface RowColumn {
  readonly hops: readonly Relation[];
  readonly column: TypedColumn;
}

export type RowFilter =
  | { readonly is: 'column'; readonly of: RowColumn; readonly test: Test }
  /** The entity that the row is, or that the hops lead to, is one for which the node holds. */
  | { readonly is: 'that'; readonly hops: readonly Relation[]; readonly entity: Entity; readonly node: CheckedNode };

/** What is measured over rows. `C`: where a value stands in a row. A sum, mean, least or greatest of no values is no value. */
export type RowMeasure<C> =
  | { readonly is: 'count'; readonly count: Count }
  | { readonly is: 'sum' | 'avg' | 'min' | 'max'; readonly of: C; readonly test: Test }
  /** How many different values, and how often some one value occurs. */
  | { readonly is: 'distinct' | 'repeats'; readonly of: C; readonly count: Count }
  | ComparedMeasure<C>;

export interface SegmentCondition {
  readonly kind: 'segment';
  readonly path: Path;
  readonly segment: string;
}

export interface SqlCondition {
  readonly kind: 'sql';
  readonly path: Path;
  readonly sql: string;
  /** A select of keys; otherwise a condition on columns of the entity's own table. */
  readonly isSelect: boolean;
}

/** The entity is named by an identifier of a list. */
export interface ListCondition {
  readonly kind: 'list';
  readonly path: Path;
  readonly list: string;
  /** Which content of the list: it stands in the warehouse under this name. */
  readonly version: string;
  readonly of: IdentifiedBy;
}

/** What the values of a list are. */
export type IdentifiedBy =
  | { readonly is: 'key' }
  | { readonly is: 'trait'; readonly trait: Trait }
  /** Of the identity graph. `spelled`: the values as the graph writes them; `owners`: whose each identifier is. */
  | { readonly is: 'identifier'; readonly type: string; readonly spelled: TableName; readonly owners: TableName };

/** The entity's key is in a column of a dbt model. */
export interface AudienceCondition {
  readonly kind: 'audience';
  readonly path: Path;
  readonly audience: Audience;
}

/** Numbers are decimal text, so that none loses a digit. */
export type Scalar = string | boolean;
export type Comparison = 'gt' | 'gte' | 'lt' | 'lte';

export type TextTest = { readonly is: 'contains' | 'starts_with' | 'ends_with' | 'matches'; readonly text: string };
export type OrderTest =
  | { readonly is: Comparison; readonly number: string }
  | { readonly is: 'between'; readonly low: string; readonly high: string };

/** A test of a column. `is` is `in` with one value. Dates have tests of their own, because a date means a whole day in a time zone. */
export type Test =
  | { readonly is: 'in' | 'not_in' | 'has_any' | 'has_all' | 'has_none'; readonly values: readonly Scalar[] }
  | TextTest
  | OrderTest
  | { readonly is: 'exists' }
  | { readonly is: 'missing' }
  | { readonly is: 'when'; readonly window: TimeWindow; readonly isOutside: boolean }
  | AnniversaryTest
  | { readonly is: 'size'; readonly count: Count };

/** The same day of a later year is today, or one of so many days after today, or of those that end with today. */
export type AnniversaryTest = {
  readonly is: 'anniversary';
  readonly when: 'today' | { readonly is: 'next' | 'last'; readonly days: number };
};

/** A test of a value in JSON, which may have any type in each row: the operand decides which types match. */
export type JsonTest =
  | { readonly is: 'in' | 'not_in'; readonly values: readonly JsonOperand[] }
  /** Tests of the elements of a list. */
  | { readonly is: 'has_any' | 'has_all' | 'has_none'; readonly values: readonly JsonOperand[] }
  | TextTest
  | OrderTest
  | { readonly is: 'exists' }
  | { readonly is: 'missing' }
  | { readonly is: 'when'; readonly window: TimeWindow }
  | AnniversaryTest
  | { readonly is: 'size'; readonly count: Count };

export type JsonOperand =
  | { readonly is: 'boolean'; readonly boolean: boolean }
  | { readonly is: 'number'; readonly number: string }
  /** `window` is set when the text is a date or a moment. */
  | { readonly is: 'text'; readonly text: string; readonly window?: TimeWindow };

/** A test of an undeclared trait: `names` lead to it in the JSON column of its table. */
export interface OpenTraitTest {
  readonly is: 'json';
  readonly names: readonly string[];
  readonly test: JsonTest;
}

export interface TraitComparison {
  readonly is: 'trait';
  readonly comparison: 'equal' | 'different' | Comparison;
  readonly other: Trait;
  /** What is done with the other's value before the two are compared: first the factor, then the addends. */
  readonly times?: string;
  readonly addends?: readonly Addend[];
}

export const isCalculated = ({ times, addends = [] }: TraitComparison) => times !== undefined || addends.length > 0;

export type Addend = { readonly sign: '+' | '-' } & ({ readonly number: string } | { readonly trait: Trait });

/** Whose value is among the greatest (`top`) or the least, of all entities that have one, or of all with the same value of `per`. */
export interface TraitRank {
  readonly is: 'rank';
  readonly end: 'top' | 'bottom';
  /** A share is decimal text. Equal values at the edge all belong to it. */
  readonly take: { readonly count: number } | { readonly share: string };
  readonly per?: Trait;
}

/** Every trait that a condition reads, its own first. */
export function traitsIn({ trait, test }: TraitCondition): Trait[] {
  if (test.is === 'rank') return test.per === undefined ? [trait] : [trait, test.per];
  if (test.is !== 'trait') return [trait];
  return [trait, test.other, ...(test.addends ?? []).flatMap((addend) => ('trait' in addend ? [addend.trait] : []))];
}

/** The condition with each of its traits as `work` gives it. Who has the greatest values is found apart, from the traits as they are. */
export function withTraits(condition: TraitCondition, work: (trait: Trait) => Trait): TraitCondition {
  const { test } = condition;
  if (test.is === 'rank') return condition;
  const trait = work(condition.trait);
  if (test.is !== 'trait') return { ...condition, trait };
  const addends = test.addends?.map((addend) => ('trait' in addend ? { ...addend, trait: work(addend.trait) } : addend));
  return { ...condition, trait, test: { ...test, other: work(test.other), ...(addends ? { addends } : {}) } };
}

/** A stretch of time. A date stands for the whole day in the segment's time zone, a moment for itself. */
export type TimeWindow =
  | { readonly is: 'always' }
  /** (as_of - length, as_of] */
  | { readonly is: 'last' | 'next'; readonly length: Length }
  /** (as_of - far, as_of - near] */
  | { readonly is: 'ago'; readonly near: Length; readonly far: Length }
  /** Whole periods of the calendar, both ends included: 0 is the one in which as_of lies, -1 the one before. */
  | { readonly is: 'periods'; readonly unit: Period; readonly first: number; readonly last: number }
  /** `from` and `until` include their day or moment, `after` and `before` do not. The last two may be `now`. */
  | {
      readonly is: 'dates';
      readonly from?: string;
      readonly after?: string;
      readonly until?: string;
      readonly before?: string;
      readonly isNow?: true;
    };

/** Exact, or by the calendar in the segment's zone. */
export type Length = { readonly seconds: number } | { readonly months: number };

/** From and to what an entity's own traits say. Nothing is in the window of an entity without these values. */
export interface TraitWindow {
  readonly is: 'traits';
  /** Not included when it is a moment; a day is included. */
  readonly since?: Trait;
  /** Included. */
  readonly until?: Trait;
}

export type EventWindow = TimeWindow | TraitWindow;

export type Count =
  | { readonly is: 'eq' | Comparison; readonly times: number }
  | { readonly is: 'between'; readonly low: number; readonly high: number };

export const AT_LEAST_ONCE: Count = { is: 'gte', times: 1 };

/** Filters of a measure that asks what the rows are. */
export const rowsAsked = (measure: RelatedCondition['measure']): readonly RowFilter[] => ('filters' in measure ? measure.filters : []);

/** Where the values are that a measure reads. */
export function measuredColumn(measure: RelatedCondition['measure']): RowColumn | undefined {
  const of = measure.is === 'compared' ? measure.measure : measure;
  return 'of' in of ? of.of : undefined;
}

/** Whether `times` occurrences satisfy the condition. */
export function counts(count: Count, times: number): boolean {
  switch (count.is) {
    case 'eq':
      return times === count.times;
    case 'gt':
      return times > count.times;
    case 'gte':
      return times >= count.times;
    case 'lt':
      return times < count.times;
    case 'lte':
      return times <= count.times;
    case 'between':
      return times >= count.low && times <= count.high;
  }
}
