/** A segment whose names exist and whose operators fit: the input of the compiler. Pure. */
import type { Entity, EventStream, Trait, TypedColumn } from '../catalogue/catalogue.ts';
import type { Path } from '../documents/problem.ts';
import type { CheckedWhole } from './checked-whole.ts';
import type { SegmentDefinition } from './definition.ts';

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
export type GroupedCondition = EventCondition;

/** Holds for the entities whose key is in a set. */
export type SetCondition = SegmentCondition | SqlCondition;

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
  readonly test: Test | TraitComparison | OpenTraitTest;
}

export interface EventCondition {
  readonly kind: 'event';
  readonly path: Path;
  /** Names of the events; any of them counts. */
  readonly events: readonly string[];
  readonly count: Count;
  readonly during: TimeWindow;
  /** One for each stream that may have any of these events. Events of all streams are counted together. */
  readonly parts: readonly EventPart[];
}

export interface EventPart {
  readonly stream: EventStream;
  /** Those of the condition's events that this stream may have. */
  readonly events: readonly string[];
  /** All of them must hold for the same event. */
  readonly filters: readonly PropertyCondition[];
}

/** A test of a property, which is a path into JSON or a column of its own. */
export type PropertyCondition =
  | { readonly is: 'json'; readonly property: readonly string[]; readonly test: JsonTest }
  | { readonly is: 'column'; readonly property: TypedColumn; readonly test: Test };

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
  | { readonly is: 'when'; readonly window: TimeWindow; readonly isOutside: boolean };

/** A test of a value in JSON, which may have any type in each row: the operand decides which types match. */
export type JsonTest =
  | { readonly is: 'in' | 'not_in'; readonly values: readonly JsonOperand[] }
  /** Tests of the elements of a list. */
  | { readonly is: 'has_any' | 'has_all' | 'has_none'; readonly values: readonly JsonOperand[] }
  | TextTest
  | OrderTest
  | { readonly is: 'exists' }
  | { readonly is: 'missing' }
  | { readonly is: 'when'; readonly window: TimeWindow };

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
}

/** A stretch of time. A date stands for the whole day in the segment's time zone, a moment for itself. */
export type TimeWindow =
  | { readonly is: 'always' }
  /** (as_of - seconds, as_of] */
  | { readonly is: 'last' | 'next'; readonly seconds: number }
  /** (as_of - far, as_of - near] */
  | { readonly is: 'ago'; readonly nearSeconds: number; readonly farSeconds: number }
  /** `from` and `until` include their day or moment, `after` and `before` do not. */
  | { readonly is: 'dates'; readonly from?: string; readonly after?: string; readonly until?: string; readonly before?: string };

export type Count =
  | { readonly is: 'eq' | Comparison; readonly times: number }
  | { readonly is: 'between'; readonly low: number; readonly high: number };

export const AT_LEAST_ONCE: Count = { is: 'gte', times: 1 };

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
