/** Conditions as sentences for people who have not written them: labels for names, words for operators. Pure. */
import type { Trait } from '../catalogue/catalogue.ts';
import { decimalText, readNumeral } from '../documents/numeral.ts';
import type { CheckedNode, Comparison, TraitComparison, TraitCondition, TraitRank } from './checked.ts';
import { eventSentence } from './describe-events.ts';
import { relatedSentence } from './describe-related.ts';
import { sequenceSentence } from './describe-sequence.ts';
import { ORDER, testInWords } from './describe-test.ts';

/** `titleOf`: the title of a segment. The sentence of a group only says how its parts are joined: each part has a sentence of its own. */
export function sentenceOf(node: CheckedNode, titleOf: (segment: string) => string): string {
  switch (node.kind) {
    case 'all':
      return node.children.length === 1 ? 'the one below' : `all ${node.children.length} of these`;
    case 'any':
      return node.children.length === 1 ? 'the one below' : `any of these ${node.children.length}`;
    case 'not': {
      const isGroup = node.child.kind === 'all' || node.child.kind === 'any';
      return isGroup ? `not ${sentenceOf(node.child, titleOf)}` : `not: ${sentenceOf(node.child, titleOf)}`;
    }
    case 'trait':
      return `${node.trait.label} ${traitAsked(node)}`;
    case 'event':
      return eventSentence(node);
    case 'sequence':
      return sequenceSentence(node);
    case 'related':
      return relatedSentence(node, (inner) => inline(inner, titleOf));
    case 'sql':
      return node.isSelect ? 'is found by a query in SQL' : `in SQL: ${node.sql.replace(/\s+/g, ' ').trim()}`;
    case 'segment':
      return `is a member of ${titleOf(node.segment)}`;
    case 'list':
      return `is on the list ${node.list}`;
    case 'audience':
      return `is in the audience ${node.audience.label}`;
  }
}

/** All of a condition in one sentence, where its parts have none of their own. */
function inline(node: CheckedNode, titleOf: (segment: string) => string): string {
  if (node.kind === 'not') return `not (${inline(node.child, titleOf)})`;
  if (node.kind !== 'all' && node.kind !== 'any') return sentenceOf(node, titleOf);
  const parts = node.children.map((child) => inline(child, titleOf));
  return parts.length === 1 ? parts.join() : `(${parts.join(node.kind === 'all' ? ' and ' : ' or ')})`;
}

function traitAsked({ trait, test }: TraitCondition): string {
  if (test.is === 'trait') return compared(test, isTime(trait));
  if (test.is === 'rank') return ranked(test, isTime(trait));
  return testInWords(test.is === 'json' ? test.test : test);
}

const isTime = ({ column }: Trait) => column.value.kind === 'date' || column.value.kind === 'time';

const TIME_ORDER: Readonly<Record<Comparison, string>> = {
  gt: 'is after',
  gte: 'is not before',
  lt: 'is before',
  lte: 'is not after',
};

function compared(test: TraitComparison, isDate: boolean): string {
  const { comparison } = test;
  const what = calculationOf(test);
  if (comparison === 'equal') return `is the same as ${what}`;
  if (comparison === 'different') return `is another than ${what}`;
  return `${(isDate ? TIME_ORDER : ORDER)[comparison]} ${what}`;
}

function calculationOf({ other, times, addends = [] }: TraitComparison): string {
  const product = times === undefined ? other.label : `${times} times ${other.label}`;
  const added = addends.map((addend) => {
    const what = 'trait' in addend ? addend.trait.label : addend.number;
    return ` ${addend.sign === '+' ? 'plus' : 'minus'} ${what}`;
  });
  return `${product}${added.join('')}`;
}

function ranked({ end: ranks, take, per }: TraitRank, isDate: boolean): string {
  const end = ranks === 'top' ? (isDate ? 'latest' : 'highest') : isDate ? 'earliest' : 'lowest';
  const share = 'share' in take ? readNumeral(take.share) : undefined;
  // A hundredth is two digits further to the left.
  const many = 'count' in take ? take.count.toLocaleString('en') : share ? `${Number(decimalText(share.units * 100n, share.scale))} %` : '';
  return `is among the ${end} ${many}${per === undefined ? '' : ` of each ${per.label}`}`;
}
