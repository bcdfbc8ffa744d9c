/** A condition on a trait as SQL: a column of its own, or a path into a JSON column. Pure. */
import type { Entity, Trait } from '../catalogue/catalogue.ts';
import { quoteIdentifier } from '../sql/sql-text.ts';
import type { DateContext } from './calendar.ts';
import { isCalculated, type TraitCondition } from './checked.ts';
import { comparesCalculated } from './compile-arithmetic.ts';
import { JsonTestWriter } from './compile-json.ts';
import { TestWriter, traitValue } from './compile-operator.ts';
import type { Parameters } from './compile-parameters.ts';
import { isAmongAll, isAmongGroup } from './compile-rank.ts';
import type { Predicate } from './predicate.ts';

export class TraitWriter {
  readonly tests: TestWriter;
  readonly #json: JsonTestWriter;
  readonly #parameters: Parameters;
  readonly #entity: Entity;

  constructor(entity: Entity, parameters: Parameters, clock: DateContext) {
    this.tests = new TestWriter(parameters, clock);
    this.#json = new JsonTestWriter(parameters, clock);
    this.#parameters = parameters;
    this.#entity = entity;
  }

  /** `aliasOf`: the prefix of a trait's column when several tables are joined, such as `t0.`. `key`: SQL of the entity's key. */
  condition({ trait, test }: TraitCondition, aliasOf: (trait: Trait) => string, key: string): Predicate {
    if (test.is === 'json')
      return this.#json.test(`${aliasOf(trait)}${quoteIdentifier(trait.path?.[0] ?? trait.name)}`, test.names, test.test);
    const value = (of: Trait) => traitValue(of, `${aliasOf(of)}${quoteIdentifier(of.name)}`);
    if (test.is === 'rank') {
      if (test.per) return isAmongGroup(key, trait, test.per, test, this.#entity, this.#parameters);
      return isAmongAll(value(trait).sql, trait, test, this.#entity, this.#parameters);
    }
    if (test.is !== 'trait') return this.tests.test(value(trait), test);
    if (isCalculated(test)) return comparesCalculated(trait, test, value, this.#parameters);
    return this.tests.compare(value(trait), value(test.other), test.comparison);
  }
}

/** The trait's own value, to be shown to people. */
export function traitAsIs(trait: Trait, of: string): string {
  const [column, ...names] = trait.path ?? [trait.name];
  const path = `${of}${[column, ...names].map(quoteIdentifier).join('.')}`;
  return trait.path ? `toString(${path})` : path;
}
