/** Rows grouped by the key of the entity, read once for several conditions. Pure. */
import type { Entity } from '../catalogue/catalogue.ts';
import type { DateContext } from './calendar.ts';
import type { CheckedNode, GroupedCondition } from './checked.ts';
import type { TestWriter } from './compile-operator.ts';
import type { Parameters } from './compile-parameters.ts';

export interface GroupScan<C = GroupedCondition> {
  /** For a scan of one condition only: every row counts for it. */
  readonly isSingle: boolean;
  /** `from … where …`: every row that any of the conditions needs, and as few others as the sorting key can skip. */
  readonly source: string;
  /** Values of one row that several aggregates may take, each as `… as _value0`. Written before `select`. */
  readonly values?: readonly string[];
  /** SQL of the entity's key in these rows, and the same under the entity's own name for it. */
  readonly key: string;
  readonly namedKey: string;
  /**
   * Aggregates of one entity's rows, from which the truth of the condition follows. An entity without rows has the default of each one's
   * type: 0, null, an empty list. These defaults must mean "no row".
   */
  measures(condition: C): readonly string[];
}

/** What stands before `select`; empty where nothing has a name. */
export const namedValues = ({ values = [] }: Pick<GroupScan, 'values'>) =>
  values.length === 0 ? '' : `with\n    ${values.join(',\n    ')}\n`;

export interface ScanTools {
  readonly tests: TestWriter;
  readonly parameters: Parameters;
  readonly clock: DateContext;
  /** SQL that selects the keys of another entity's rows for which the node holds. */
  membersOf(entity: Entity, node: CheckedNode): string;
}

/** How the truth of a grouped condition is asked for. */
export interface Asking {
  /** The opposite is asked for: the entities for which the condition does not hold. */
  readonly isNegated: boolean;
  /** Each group has at least one row of this condition. */
  readonly hasRows: boolean;
}
