/** A sequence in a sentence: `Product Added, then no Order Completed within 1 day`. Pure. */
import { countOfTimes } from './counts.ts';
import { filters, names } from './events.ts';
import { phrase } from './phrase.ts';
import { SEQUENCES } from './phrase-book.ts';
import { choice, isObject, joined, type Syntax, shaped } from './syntax.ts';
import { listed, property } from './values.ts';
import { during, length } from './windows.ts';

const gap = choice(
  phrase(SEQUENCES.both, { after: length, within: length }),
  phrase(SEQUENCES.after, { after: length }),
  phrase(SEQUENCES.within, { within: length }),
  phrase(SEQUENCES.noGap, {}),
);
const between = joined(phrase(SEQUENCES.between, { event: names, where: filters }), (language) => SEQUENCES.orWithout[language]);

/** The gap is one part of the phrase, and no part of the document. */
const withGap = (syntax: Syntax) =>
  shaped(
    syntax,
    (value) => {
      if (!isObject(value)) return undefined;
      const { within, after, ...step } = value;
      return { ...step, gap: { ...(within === undefined ? {} : { within }), ...(after === undefined ? {} : { after }) } };
    },
    (value) => {
      if (!isObject(value) || !isObject(value.gap)) return undefined;
      const { gap: lengths, ...step } = value;
      return { ...step, ...lengths };
    },
  );

const parts = { event: names, where: filters, gap, without: between };
const step = choice(
  phrase(SEQUENCES.none, { none: names, where: filters, within: length }),
  withGap(phrase(SEQUENCES.first, parts, { first: true })),
  withGap(phrase(SEQUENCES.last, parts, { last: true })),
  withGap(phrase(SEQUENCES.step, parts)),
);
const steps = joined(step, (language) => SEQUENCES.nextStep[language]);

const properties = listed(property, 'and');
const onlyProperty = shaped(
  property,
  (value) => (Array.isArray(value) && value.length === 1 ? value[0] : undefined),
  (value) => [value],
);
const rest = { sequence: steps, same: properties, different: onlyProperty, during };

/** One run at least is what is meant without `times`. */
const many = shaped(
  phrase(SEQUENCES.whole, { ...rest, times: countOfTimes }),
  (value) => {
    if (!isObject(value)) return undefined;
    const { times, ...others } = value;
    return JSON.stringify(times) === '{"gte":1}' ? others : value;
  },
  (value) => (isObject(value) && Array.isArray(value.sequence) && value.sequence.length > 1 ? value : undefined),
);

export const sequenceCondition = choice(phrase(SEQUENCES.never, rest, { times: { eq: 0 } }), many);
