/** Conditions on one row, and on the one row that relations lead to from it, as SQL that is never null. Pure. */
import type { Relation } from '../catalogue/catalogue.ts';
import { isNullable } from '../sql/column-type.ts';
import { isSameTable, quoteIdentifier } from '../sql/sql-text.ts';
import { momentsOf } from './calendar.ts';
import type { EventWindow, RowColumn, RowFilter, Test } from './checked.ts';
import { untilAsOf } from './compile-events.ts';
import { outside, type Value } from './compile-operator.ts';
import { subquery } from './compile-parameters.ts';
import { setOf } from './compile-rows.ts';
import type { ScanTools } from './group-scan.ts';
import { either, known, operand, type Predicate, tight } from './predicate.ts';

/** What is asked of a row, or of the row that hops lead to from it. */
export interface Ask {
  readonly hops: readonly Relation[];
  /** The opposite is asked: it holds where the hops lead to no row. */
  readonly isNegated: boolean;
  /** Columns of the row at the end of the hops. */
  readonly columns: readonly string[];
  /** `of`: what stands before a column's name, such as `r.`. */
  write(of: string): Predicate;
}

export class RowAsks {
  readonly #tools: ScanTools;

  constructor(tools: ScanTools) {
    this.#tools = tools;
  }

  ofFilter(filter: RowFilter): Ask {
    return filter.is === 'that' ? this.#ofThat(filter) : this.#ofTest(filter.of, filter.test);
  }

  /** The row happened in one of the windows, and not after `as_of`. Where a window begins or ends with traits the rest is asked beside them. */
  ofTime(at: RowColumn, windows: readonly EventWindow[]): Ask {
    const { tests, clock, parameters } = this.#tools;
    const { name, column } = at.column;
    const moments = windows.map((window) => untilAsOf(window.is === 'traits' ? {} : momentsOf(window, clock), clock));
    return {
      hops: at.hops,
      isNegated: false,
      columns: [name],
      write: (of) => {
        const value = `${of}${quoteIdentifier(name)}`;
        // A day stands for its first moment in the segment's zone.
        const moment = column.value.kind === 'time' ? value : `toDateTime64(${value}, 3, ${parameters.add('String', clock.timezone)})`;
        const condition = either(moments.map((interval) => tests.interval(moment, interval) ?? tight('true')));
        return column.isNullable ? known(condition) : condition;
      },
    };
  }

  /** Operands of `and`. */
  conditions(asks: readonly Ask[], of: string): string[] {
    const own = asks.filter(({ hops }) => hops.length === 0).map((ask) => operand(signed(ask.write(of), ask)));
    // What is asked of one row is asked of it at once; an opposite is a question of its own.
    const away = asks.filter(({ hops }) => hops.length > 0);
    const together = Map.groupBy(away, (ask) => (ask.isNegated ? ask : (ask.hops[0] as Relation)));
    return [...own, ...[...together.values()].map((group) => this.#hop(group, of))];
  }

  #hop(asks: readonly Ask[], of: string): string {
    const [first] = asks;
    const hop = first?.hops[0];
    if (!first || !hop) throw new Error('a hop that leads nowhere');
    const inner = asks.map((ask) => ({ ...ask, isNegated: false, hops: ask.hops.slice(1) }));
    const where = this.conditions(inner, '').join('\n  and ');
    const set = subquery(`select ${quoteIdentifier(hop.column)}\nfrom ${setOf(hop, columnsOf(inner))}\nwhere ${where}`);
    const isIn = tight(`${of}${quoteIdentifier(hop.from.column)} in ${set}`);
    return operand(signed(isNullable(hop.types.from ?? '') ? known(isIn) : isIn, first));
  }

  #ofTest({ hops, column: { name, column } }: RowColumn, test: Test): Ask {
    const asked = hops.length > 0 ? opposite(test) : undefined;
    const value = (of: string): Value => ({ sql: `${of}${quoteIdentifier(name)}`, kind: column.value, isNullable: column.isNullable });
    return {
      hops,
      isNegated: asked !== undefined,
      columns: [name],
      write: (of) => this.#tools.tests.test(value(of), asked ?? test),
    };
  }

  #ofThat({ hops, entity, node }: Extract<RowFilter, { is: 'that' }>): Ask {
    const last = hops.at(-1);
    // The key stands in the row before already, and members are in the entity's own table.
    const isKeyed = last !== undefined && last.column === entity.key && isSameTable(last.table, entity.table);
    const name = isKeyed ? last.from.column : entity.key;
    const type = isKeyed ? (last.types.from ?? '') : entity.keyType;
    return {
      hops: isKeyed ? hops.slice(0, -1) : hops,
      isNegated: false,
      columns: [name],
      write: (of) => {
        const isIn = tight(`${of}${quoteIdentifier(name)} in ${subquery(this.#tools.membersOf(entity, node))}`);
        return isNullable(type) ? known(isIn) : isIn;
      },
    };
  }
}

/** Columns of the row that the asks start at. */
export const columnsOf = (asks: readonly Ask[]): string[] => [
  ...new Set(asks.flatMap(({ hops, columns }) => (hops[0] === undefined ? columns : [hops[0].from.column]))),
];

const signed = (predicate: Predicate, { isNegated }: Ask) => (isNegated ? outside(predicate) : predicate);

/** Of the tests that hold where there is no row: what then does not. */
function opposite(test: Test): Test | undefined {
  if (test.is === 'missing') return { is: 'exists' };
  return test.is === 'has_none' ? { ...test, is: 'has_any' } : undefined;
}
