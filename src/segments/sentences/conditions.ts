/** Every kind of condition with its phrases. A kind that has none here does not compile. Pure. */
import type { NODE_KEYS } from '../definition.ts';
import { eventCondition } from './events.ts';
import { phrase } from './phrase.ts';
import { CONDITIONS } from './phrase-book.ts';
import { relatedCondition } from './related.ts';
import { sequenceCondition } from './sequences.ts';
import { choice, field, isObject, joined, later, type Syntax, shaped, when } from './syntax.ts';
import { timeTraitTest, traitTest } from './tests.ts';
import { audience, list, quoted, segment, trait } from './values.ts';

export type NodeKind = (typeof NODE_KEYS)[number];

/** Any condition on one line. */
export const condition: Syntax = later(() => choice(...Object.values(BY_KIND), asWritten));

const parts = joined(condition, () => '; ');
const inBrackets = shaped(
  phrase(CONDITIONS.inBrackets, { condition }),
  (value) => ({ condition: value }),
  (value) => (isObject(value) ? value.condition : undefined),
);

const group = (name: 'all' | 'any', syntax: Syntax) =>
  shaped(
    syntax,
    (value) => (isObject(value) && Object.keys(value).length === 1 && name in value ? { parts: value[name] } : undefined),
    (value) => (isObject(value) ? { [name]: value.parts } : undefined),
  );

const traitCondition = (test: Syntax) =>
  shaped(
    phrase({ en: '{trait} {test}', nl: '{trait} {test}' }, { trait, test }),
    (value) => {
      if (!isObject(value) || typeof value.trait !== 'string') return undefined;
      const { trait: name, ...asked } = value;
      return { trait: name, test: asked };
    },
    (value) => (isObject(value) && isObject(value.test) ? { trait: value.trait, ...value.test } : undefined),
  );
const isOfTime: Parameters<typeof when>[1] = (value, { names }) =>
  isObject(value) && typeof value.trait === 'string' && names.isTime(value.trait);

const BY_KIND: Record<NodeKind, Syntax> = {
  all: group('all', phrase(CONDITIONS.allInline, { parts })),
  any: group('any', phrase(CONDITIONS.anyInline, { parts })),
  not: choice(
    field('not', group('any', phrase(CONDITIONS.notAnyInline, { parts }))),
    field(
      'not',
      shaped(
        phrase(CONDITIONS.notInline, { condition }),
        (value) => ({ condition: value }),
        (value) => (isObject(value) ? value.condition : undefined),
      ),
    ),
  ),
  trait: choice(when(traitCondition(timeTraitTest), isOfTime), traitCondition(traitTest)),
  event: eventCondition,
  sequence: sequenceCondition,
  related: relatedCondition(inBrackets),
  segment: phrase(CONDITIONS.segment, { segment }),
  list: phrase(CONDITIONS.list, { list }),
  audience: phrase(CONDITIONS.audience, { audience }),
  sql: phrase(CONDITIONS.sql, { sql: quoted }),
};

/** What a later version of the language says, or one that is in the making: it is written as data. */
export const asWritten: Syntax = shaped(
  phrase(CONDITIONS.written, { node: quoted }),
  (value) => (isObject(value) ? { node: JSON.stringify(value) } : undefined),
  (value) => (isObject(value) ? parsed(String(value.node)) : undefined),
);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
