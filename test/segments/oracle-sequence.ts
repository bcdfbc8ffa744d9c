/** Sequences as the language describes them: tries every choice of an event for each step, and every choice of runs. */
import type { EventFilter } from '../../src/segments/language/filter.ts';
import type { SequenceNode } from '../../src/segments/language/sequence.ts';
import { type Clock, firstMomentOf } from './oracle-dates.ts';
import { allHold } from './oracle-events.ts';
import { printed } from './oracle-json.ts';
import { movedMoment } from './oracle-windows.ts';
import { type Happening, RETURNED, type Return } from './world.ts';

interface Occurrence {
  readonly name: string;
  readonly at: string;
  readonly ms: number;
  readonly holds: (filters: readonly EventFilter[]) => boolean;
  /** Equal for values that are the same; empty for none. */
  readonly valueOf: (property: string) => string;
}
type Named = { readonly event: string | readonly string[]; readonly where?: readonly EventFilter[] | undefined };
interface Run {
  readonly start: number;
  readonly end: number;
}

interface Matching {
  readonly happeningMatches: (filter: EventFilter, happening: Happening) => boolean;
  readonly returnMatches: (filter: EventFilter, row: Return) => boolean;
}

/** All that has happened to a person until as_of. */
export function occurrencesOf(
  happenings: readonly Happening[],
  returns: readonly Return[],
  { happeningMatches, returnMatches }: Matching,
  clock: Clock,
): Occurrence[] {
  const happened = happenings
    .filter(({ event_name }) => event_name !== RETURNED)
    .map((happening) => ({
      name: happening.event_name,
      at: happening.occurred_at,
      ms: Date.parse(happening.occurred_at),
      holds: (filters: readonly EventFilter[]) =>
        allHold(filters, { at: happening.occurred_at, holds: (filter) => happeningMatches(filter, happening) }, clock),
      valueOf: (property: string) => {
        const value = property
          .split('.')
          .reduce<unknown>((outer, part) => (Object(outer) as Record<string, unknown>)[part], happening.properties);
        const shown = printed(value);
        return shown === '-0' && typeof value !== 'string' ? '0' : shown;
      },
    }));
  const returned = returns.flatMap((row) => {
    if (row.returned_on === null) return [];
    const at = firstMomentOf(row.returned_on, clock.timezone);
    return [
      {
        name: RETURNED,
        at,
        ms: Date.parse(at),
        holds: (filters: readonly EventFilter[]) => allHold(filters, { at, holds: (filter) => returnMatches(filter, row) }, clock),
        valueOf: (property: string) => {
          const value = row[property as keyof Return] ?? '';
          return property === 'revenue' && value !== '' ? String(Number(value)) : String(value);
        },
      },
    ];
  });
  return [...happened, ...returned].filter(({ ms }) => ms <= Date.parse(clock.asOf));
}

/** `isStep`: whether events of that moment may be of a step. */
export function sequenceMatches(
  node: SequenceNode,
  all: readonly Occurrence[],
  isStep: (at: string) => boolean,
  { min, max }: { readonly min: number; readonly max: number },
  clock: Clock,
): boolean {
  const runs = groupsOf(all, node.same ?? []).flatMap((group) => runsOf(node, group, isStep, clock));
  const times = most(runs, Number.NEGATIVE_INFINITY, new Map());
  return times >= min && times <= max;
}

/** Of each value on its own. */
function groupsOf(all: readonly Occurrence[], same: readonly string[]): (readonly Occurrence[])[] {
  if (same.length === 0) return [all];
  const valued = all.filter((one) => same.every((property) => one.valueOf(property) !== ''));
  return [...Map.groupBy(valued, (one) => JSON.stringify(same.map((property) => one.valueOf(property)))).values()];
}

function runsOf(node: SequenceNode, group: readonly Occurrence[], isStep: (at: string) => boolean, { asOf, timezone }: Clock): Run[] {
  const asOfMs = Date.parse(asOf);
  const ofKind = ({ event, where = [] }: Named) => group.filter((one) => [event].flat().includes(one.name) && one.holds(where));
  const laterBy = (length: string, ms: number) => movedMoment([length, 1], { asOf: new Date(ms).toISOString(), timezone });
  const runs: Run[] = [];
  const candidates = node.sequence.map(({ event, where, first, last }) => {
    const found = event === undefined ? [] : ofKind({ event, where }).filter(({ at }) => isStep(at));
    const edge = first ? Math.min(...found.map(({ ms }) => ms)) : last ? Math.max(...found.map(({ ms }) => ms)) : undefined;
    return found.filter(({ ms }) => edge === undefined || ms === edge);
  });
  const isWhole = (chosen: readonly Occurrence[]) => areDifferent(chosen, node.different ?? []);
  /** Whether `next` may follow the run so far. */
  const follows = (next: number, end: number, { within, after, without = [] }: SequenceNode['sequence'][number]) =>
    next > end &&
    (within === undefined || next <= laterBy(within, end)) &&
    (after === undefined || next - end >= lengthOf(after)) &&
    !without.flatMap(ofKind).some(({ ms }) => ms > end && ms < next);
  const isAbsent = (end: number, { none = '', where, within }: SequenceNode['sequence'][number]) =>
    (within === undefined || laterBy(within, end) <= asOfMs) &&
    !ofKind({ event: none, where }).some(({ ms }) => ms > end && (within === undefined || ms <= laterBy(within, end)));
  const walk = (chosen: readonly Occurrence[]): void => {
    const step = node.sequence[chosen.length];
    const [start, end] = [chosen[0]?.ms ?? 0, chosen.at(-1)?.ms ?? 0];
    if (step === undefined || step.none !== undefined) {
      if (isWhole(chosen) && (step === undefined || isAbsent(end, step))) runs.push({ start, end });
      return;
    }
    for (const next of candidates[chosen.length] ?? []) {
      if (chosen.length === 0 || follows(next.ms, end, step)) walk([...chosen, next]);
    }
  };
  walk([]);
  return runs;
}

const areDifferent = (chosen: readonly Occurrence[], properties: readonly string[]) =>
  properties.every((property) => {
    const values = chosen.map((one) => one.valueOf(property));
    return !values.includes('') && new Set(values).size === values.length;
  });

/** The most runs that follow one another, of those that start after a moment. */
function most(runs: readonly Run[], afterMs: number, known: Map<number, number>): number {
  const before = known.get(afterMs);
  if (before !== undefined) return before;
  const times = Math.max(0, ...runs.filter(({ start }) => start > afterMs).map(({ end }) => 1 + most(runs, end, known)));
  known.set(afterMs, times);
  return times;
}

const UNITS: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const lengthOf = (gap: string) => Number.parseInt(gap, 10) * (UNITS[gap.replace(/\d+/, '')] ?? Number.NaN);
