/**
 * What differs between two versions of a definition, as sentences for people. Pure.
 *
 * Compares documents as they are stored: an old one may say things that this version of Sluice, or the catalogue of today, does not know.
 */
import { formatPath, type Path } from '../documents/problem.ts';
import { NODE_KEYS } from './definition.ts';
import type { Language } from './sentences/language.ts';
import { wordingsOf } from './sentences/phrase.ts';
import { CHANGES } from './sentences/phrase-book-whole.ts';
import type { Phrase } from './sentences/wording.ts';

export type StoredDefinition = Readonly<Record<string, unknown>>;

export interface DefinitionChange {
  readonly is: 'created' | 'removed_segment' | 'added' | 'removed' | 'changed' | 'moved' | 'setting';
  /** In the later document; in the earlier one for what was removed. Empty for the whole document. */
  readonly path: string;
  /** What it said before; null where it was not there. */
  readonly before: string | null;
  readonly after: string | null;
  readonly sentence: string;
}

/** The sentence of one condition; what it cannot say in words it says as it is written. */
export type ConditionWords = (condition: unknown, definition: StoredDefinition) => string;

interface Condition {
  readonly path: Path;
  /** The groups that it stands in, from the outside in: `all › not`. */
  readonly within: string;
  /** Equal for equal conditions. */
  readonly text: string;
  /** What the condition is about: equal for two conditions of which one may be an edit of the other. */
  readonly subject: string;
  readonly words: string;
}

/**
 * @param before undefined when there was none.
 * @param after undefined when the segment was removed.
 */
export function diffDefinitions(
  before: StoredDefinition | undefined,
  after: StoredDefinition | undefined,
  words: ConditionWords,
  language: Language = 'en',
): DefinitionChange[] {
  const says = (phrase: Phrase, slots: Slots = {}) => filled(phrase, slots, language);
  if (after === undefined) return [whole('removed_segment', says(CHANGES.archived))];
  if (before === undefined) {
    const count = conditionsOf(after, words).length;
    return [whole('created', says(count === 1 ? CHANGES.madeWithOne : CHANGES.made, { n: String(count) }))];
  }
  return [...conditionChanges(conditionsOf(before, words), conditionsOf(after, words), says), ...settingChanges(before, after, says)];
}

type Slots = Readonly<Record<string, string>>;
type Says = (phrase: Phrase, slots?: Slots) => string;

/** A sentence about a change; these are never read back. */
const filled = (phrase: Phrase, slots: Slots, language: Language) =>
  (wordingsOf(phrase, language)[0] ?? '').replace(/\{(\w+)\}/g, (_, name: string) => slots[name] ?? '');

const whole = (is: 'created' | 'removed_segment', sentence: string): DefinitionChange => ({
  is,
  path: '',
  before: null,
  after: null,
  sentence,
});

function conditionsOf(definition: StoredDefinition, words: ConditionWords): Condition[] {
  const conditionsIn = (node: unknown, path: Path, groups: readonly string[]): Condition[] => {
    for (const group of ['all', 'any'] as const) {
      const children = isObject(node) ? node[group] : undefined;
      if (Array.isArray(children))
        return children.flatMap((child: unknown, index) => conditionsIn(child, [...path, group, index], [...groups, group]));
    }
    if (isObject(node) && 'not' in node) return conditionsIn(node.not, [...path, 'not'], [...groups, 'not']);
    return [{ path, within: groups.join(' › '), text: textOf(node), subject: subjectOf(node), words: words(node, definition) }];
  };
  return conditionsIn(definition.where, ['where'], []);
}

function conditionChanges(before: readonly Condition[], after: readonly Condition[], says: Says): DefinitionChange[] {
  const spoken = (condition: Condition) => ({ words: condition.words, to: groupsOf(condition, says) });
  const [old, young] = [[...before], [...after]];
  /** Takes pairs off both lists; earlier calls take the closer ones. */
  const pairs = (isPair: (one: Condition, other: Condition) => boolean): [Condition, Condition][] =>
    [...young].flatMap((condition) => {
      const former = old.find((other) => isPair(other, condition));
      if (!former) return [];
      old.splice(old.indexOf(former), 1);
      young.splice(young.indexOf(condition), 1);
      return [[former, condition] as [Condition, Condition]];
    });
  pairs((one, other) => one.text === other.text && one.within === other.within);
  const moved = pairs((one, other) => one.text === other.text);
  const changed = [
    ...pairs((one, other) => one.subject === other.subject && samePlace(one, other)),
    ...pairs((one, other) => one.subject === other.subject && one.within === other.within),
    ...pairs((one, other) => one.subject === other.subject),
  ];
  return [
    ...young.map((condition) =>
      change('added', condition.path, null, condition.words, says(isUsual(condition) ? CHANGES.added : CHANGES.addedIn, spoken(condition))),
    ),
    ...old.map((condition) =>
      change(
        'removed',
        condition.path,
        condition.words,
        null,
        says(isUsual(condition) ? CHANGES.removed : CHANGES.removedIn, spoken(condition)),
      ),
    ),
    ...changed.map(([one, other]) => {
      const moved = { before: one.words, after: other.words, from: groupsOf(one, says), to: groupsOf(other, says) };
      return change(
        'changed',
        other.path,
        one.words,
        other.words,
        says(one.within === other.within ? CHANGES.changed : CHANGES.changedAndMoved, moved),
      );
    }),
    ...moved.map(([one, other]) =>
      change(
        'moved',
        other.path,
        one.words,
        other.words,
        says(CHANGES.moved, { from: groupsOf(one, says), to: groupsOf(other, says), words: other.words }),
      ),
    ),
  ];
}

const change = (
  is: DefinitionChange['is'],
  path: Path,
  before: string | null,
  after: string | null,
  sentence: string,
): DefinitionChange => ({ is, path: formatPath(path), before, after, sentence });

const samePlace = (one: Condition, other: Condition) => formatPath(one.path) === formatPath(other.path);

/** The usual place, among conditions that must all hold, is not named. */
const isUsual = ({ within }: Condition) => within === '' || within === 'all';

const groupsOf = ({ within }: Condition, says: Says) => (within === '' ? says(CHANGES.onlyCondition) : `“${within}”`);

/** Every part of the document but its conditions. The id never differs: it is the segment. */
function settingChanges(before: StoredDefinition, after: StoredDefinition, says: Says): DefinitionChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => name !== 'where' && name !== 'id').sort();
  return names.flatMap((name) => {
    const [one, other] = [before[name], after[name]];
    if (textOf(one) === textOf(other)) return [];
    const [was, is] = [one === undefined ? null : written(one), other === undefined ? null : written(other)];
    const sentence =
      was === null
        ? says(CHANGES.set, { name, after: is ?? '' })
        : is === null
          ? says(CHANGES.takenAway, { name, before: was })
          : says(CHANGES.settingChanged, { name, before: was, after: is });
    return [change('setting', [name], was, is, sentence)];
  });
}

/** What a condition is written as, for people: `{ trait: city, is: Gent }`. */
export function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  if (!isObject(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  // The control plane keeps no order of keys.
  const names = [...NODE_KEYS.filter((name) => name in value), ...Object.keys(value).filter((name) => !isNodeKey(name))];
  const members = names.map((name) => `${name}: ${written(value[name])}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** The kind of the condition and the names in it: `["trait","city"]`, `["event",["Order Completed"]]`. */
function subjectOf(node: unknown): string {
  const kind = isObject(node) ? NODE_KEYS.find((name) => name in node) : undefined;
  return kind === undefined || !isObject(node) ? '' : JSON.stringify([kind, node[kind]]);
}

const isNodeKey = (name: string) => NODE_KEYS.some((key) => key === name);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Equal for equal values: the order of an object's keys does not count, as the control plane does not keep it. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? '';
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${textOf(value[name])}`).join(',')}}`;
}
