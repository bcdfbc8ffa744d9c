/** What members of a past moment did next: a condition on the days after it. */
import type { Problem } from '../documents/problem.ts';
import type { Node, SegmentDefinition } from './definition.ts';
import { invalid } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { readDefinition } from './document.ts';
import { errors } from './errors.ts';
import { type PreparedSegment, prepareSegment } from './prepare.ts';

export const MAX_DAYS = 365;

export interface OutcomeAsked {
  /** A condition, as it stands under `where`. */
  readonly where: unknown;
  /** Days after each moment, 1 to 365. */
  readonly days: number;
}

export interface Outcome {
  readonly prepared: PreparedSegment;
  readonly days: number;
  readonly sentence: string;
}

/**
 * Every condition of it is about the days after the moment, so it may neither name a window of its own nor ask for what is true now.
 * @throws CdpError `segments.invalid` with the place in the outcome, `segments.usage`.
 */
export async function prepareOutcome(
  deps: SegmentDeps,
  { id, entity, timezone }: Pick<SegmentDefinition, 'id' | 'entity' | 'timezone'>,
  { where, days }: OutcomeAsked,
): Promise<Outcome> {
  if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS)
    throw errors.usage(`Give 1 to ${MAX_DAYS} days for the outcome, not ${days}.`);
  const document = { id, title: 'Outcome', entity, where, ...(timezone === undefined ? {} : { timezone }) };
  const refuse = (problems: readonly Problem[]) => invalid(id, asOutcome(problems));
  const read = readDefinition(document);
  if (!read.ok) throw refuse(read.problems);
  const problems: Problem[] = [];
  const following = withinDays(read.definition.where, days, ['where'], problems);
  if (problems.length > 0) throw refuse(problems);
  // The id is that of the segment, so that it is looked at in its place; who is left out of the segment may meet the outcome all the same.
  const prepared = await prepareSegment(deps, { definition: { ...read.definition, where: following }, locate: asOutcome });
  const alone = { ...prepared, segment: { ...prepared.segment, whole: { exclude: [] } } };
  return { prepared: alone, days, sentence: prepared.sentences().of(prepared.segment.root) };
}

const asOutcome = (problems: readonly Problem[]): Problem[] =>
  problems.map((problem) => ({
    ...problem,
    path: problem.path.map((part, index) => (index === 0 && part === 'where' ? 'outcome' : part)),
  }));

/** The same conditions, each of the last `days` days; what cannot be is added to `problems`. */
function withinDays(node: Node, days: number, path: Problem['path'], problems: Problem[]): Node {
  const each = (nodes: readonly Node[], word: string) => nodes.map((one, index) => withinDays(one, days, [...path, word, index], problems));
  if ('all' in node) return { all: each(node.all, 'all') };
  if ('any' in node) return { any: each(node.any, 'any') };
  if ('not' in node) return { not: withinDays(node.not, days, [...path, 'not'], problems) };
  if ('event' in node || 'sequence' in node || 'related' in node) {
    if (node.during !== undefined)
      problems.push({
        path: [...path, 'during'],
        message: `an outcome is what happens in the ${days} days after each week: leave during out`,
      });
    return { ...node, during: { last: `${days}d` } } as Node;
  }
  const word = Object.keys(node)[0] ?? '';
  problems.push({
    path: [...path, word],
    message: 'is known only as it is now; an outcome happens afterwards: an event, a sequence or related rows',
  });
  return node;
}
