/** Conditions on related rows in a sentence: `at least 5 of their orders, where status is paid`. Pure. */
import type { RELATED_MEASURES } from '../language/related.ts';
import { count, countOfTimes, isTime } from './counts.ts';
import { measured, renamed, withoutOnce } from './events.ts';
import { phrase } from './phrase.ts';
import { RELATED } from './phrase-book.ts';
import { WORDS } from './phrase-book-words.ts';
import { choice, isObject, joined, type Syntax, shaped, when } from './syntax.ts';
import { propertyTest } from './tests.ts';
import { column, relation } from './values.ts';
import { during } from './windows.ts';

/** @param inBrackets a condition on another entity. */
export function relatedCondition(inBrackets: Syntax): Syntax {
  const filter = choice(
    phrase(RELATED.itself, { that: inBrackets }),
    phrase(RELATED.that, { column, that: inBrackets }),
    shaped(
      phrase({ en: '{column} {test}', nl: '{column} {test}' }, { column, test: propertyTest }),
      (value) => {
        if (!isObject(value) || typeof value.column !== 'string') return undefined;
        const { column: name, ...test } = value;
        return { column: name, test };
      },
      (value) => (isObject(value) && isObject(value.test) ? { column: value.column, ...value.test } : undefined),
    ),
  );
  const filters = joined(filter, (language) => ` ${WORDS.and[language][0]} `);
  const rest = { related: relation, at: column, during, that: inBrackets, where: filters };

  const asked = (name: (typeof RELATED_MEASURES)[number], syntax: Syntax) =>
    shaped(
      syntax,
      (value) => {
        if (!isObject(value) || !isObject(value[name])) return undefined;
        const { [name]: measure, ...others } = value;
        const { column: subject, ...test } = measure as Readonly<Record<string, unknown>>;
        return { ...others, subject, test };
      },
      (value) => {
        if (!isObject(value) || !isObject(value.test)) return undefined;
        const { subject, test, ...others } = value;
        return { ...others, [name]: { column: subject, ...test } };
      },
    );
  const slots = { subject: column, test: measured, ...rest };
  const aggregate = (name: 'sum' | 'avg' | 'min' | 'max') => asked(name, phrase(RELATED[name], slots));
  /** The least date is the earliest. */
  const edge = (name: 'min' | 'max') => choice(when(asked(name, phrase(RELATED[`${name}Time`], slots)), isOfTime(name)), aggregate(name));
  const values = (name: 'distinct' | 'repeats', test: Syntax) => asked(name, phrase(RELATED[name], { subject: column, test, ...rest }));
  const counted = shaped(
    phrase(RELATED.count, { count, ...rest }),
    (value) => (isObject(value) ? { count: { gte: 1 }, ...value } : undefined),
    withoutOnce,
  );

  /** `{ where: […] }` of the first or last row is said without its braces. */
  const edgeWhere = shaped(
    filters,
    (value) => (isObject(value) && Object.keys(value).length === 1 ? value.where : undefined),
    (value) => ({ where: value }),
  );
  const edgeRow = (name: 'first' | 'last') => renamed(name, 'edge', phrase(RELATED[name], { edge: edgeWhere, ...rest }));

  /** Each measure with its phrase. */
  const byMeasure: Record<(typeof RELATED_MEASURES)[number], Syntax> = {
    count: choice(phrase(RELATED.none, rest, { count: { eq: 0 } }), counted, renamed('count', 'test', phrase(RELATED.compared, slots))),
    sum: aggregate('sum'),
    avg: aggregate('avg'),
    min: edge('min'),
    max: edge('max'),
    distinct: values('distinct', count),
    repeats: values('repeats', countOfTimes),
    every: phrase(RELATED.every, { every: filters, ...rest }),
    first: edgeRow('first'),
    last: edgeRow('last'),
  };
  return choice(...Object.values(byMeasure));
}

const isOfTime = (name: string) => (value: unknown) => {
  const measure = isObject(value) ? value[name] : undefined;
  return isObject(measure) && Object.entries(measure).some(([word, operand]) => word !== 'column' && [operand].flat().some(isTime));
};
