/** Which events of one entity are a sequence, or how far they come: for people, who want to see them. Pure. */
import { formatPath } from '../documents/problem.ts';
import { type DateContext, momentsOf } from './calendar.ts';
import type { Length, NamedEvents, SequenceCondition } from './checked.ts';

/** What an event may be in a sequence. */
export interface SequenceRole {
  readonly events: readonly NamedEvents[];
  readonly isEnding: boolean;
}

export interface SequenceEvent {
  readonly ms: number;
  /** Which of `sequenceRoles` it has. */
  readonly roles: readonly boolean[];
  /** The values of `same`, then that of `different`. */
  readonly groupedBy: readonly string[];
}

/** One event of a run. `step`: 1 for the first. */
export interface Matched<E> {
  readonly event: E;
  readonly step: number;
}

export interface Match<E> {
  /** Complete runs, the newest first, none of which overlaps another. */
  readonly runs: readonly (readonly Matched<E>[])[];
  /** Without any: the events that come farthest, and the step that none follows with. */
  readonly nearest?: { readonly events: readonly Matched<E>[]; readonly missing: string };
}

/** The steps, then what may not lie before each, then what may not follow. */
export function sequenceRoles({ steps, ending }: SequenceCondition): SequenceRole[] {
  return [
    ...steps.map((step) => ({ events: [step], isEnding: false })),
    ...steps.flatMap(({ without }) => (without.length === 0 ? [] : [{ events: without, isEnding: false }])),
    ...(ending ? [{ events: [ending], isEnding: true }] : []),
  ];
}

/** `events`: in the order of time. */
export function matchSequence<E extends SequenceEvent>(
  condition: SequenceCondition,
  events: readonly E[],
  { limit, ...clock }: DateContext & { readonly limit: number },
): Match<E> {
  const { same } = condition;
  const groups = Map.groupBy(
    events.filter(({ groupedBy }) => groupedBy.slice(0, same.length).every((value) => value !== '')),
    ({ groupedBy }) => JSON.stringify(groupedBy.slice(0, same.length)),
  );
  const walks = [...groups.values()].map((own) => new Walk(condition, own, clock));
  const runs = walks.flatMap((walk) => walk.runs()).sort((a, b) => endOf(b) - endOf(a));
  if (runs.length > 0) return { runs: runs.slice(0, limit) };
  const farthest = walks
    .flatMap((walk) => walk.farthest() ?? [])
    .sort((a, b) => b.reached - a.reached || endOf(b.events) - endOf(a.events));
  const [nearest] = farthest;
  return nearest === undefined ? { runs: [] } : { runs: [], nearest };
}

const endOf = (run: readonly Matched<SequenceEvent>[]) => run.at(-1)?.event.ms ?? 0;

interface Reached<E> {
  readonly event: E;
  readonly before: E | undefined;
}

/** Through the events of one group. */
class Walk<E extends SequenceEvent> {
  readonly #condition: SequenceCondition;
  readonly #events: readonly E[];
  readonly #clock: DateContext;
  /** For each step the events with which it can be reached, and the event before each. */
  readonly #reached: readonly (readonly Reached<E>[])[];

  constructor(condition: SequenceCondition, events: readonly E[], clock: DateContext) {
    this.#condition = condition;
    this.#events = events;
    this.#clock = clock;
    const reached: Reached<E>[][] = [];
    for (const [index] of condition.steps.entries()) {
      const previous = reached[index - 1]?.map(({ event }) => event);
      reached.push(
        this.#candidates(index).flatMap((event): Reached<E>[] => {
          if (previous === undefined) return [{ event, before: undefined }];
          // The latest that fits leaves the shortest gap.
          const before = previous.findLast((one) => this.#follows(one, event, index));
          return before === undefined ? [] : [{ event, before }];
        }),
      );
    }
    this.#reached = reached;
  }

  runs(): Matched<E>[][] {
    const found: Matched<E>[][] = [];
    let until = Number.POSITIVE_INFINITY;
    for (const { event } of (this.#reached.at(-1) ?? []).toReversed()) {
      if (event.ms >= until || this.#isSpoiled(event) !== undefined) continue;
      const run = this.#backFrom(event, this.#condition.steps.length - 1);
      found.push(run);
      until = run[0]?.event.ms ?? until;
    }
    return found;
  }

  farthest(): { readonly events: Matched<E>[]; readonly missing: string; readonly reached: number } | undefined {
    const { steps, ending } = this.#condition;
    const index = this.#reached.findLastIndex((events) => events.length > 0);
    const newest = this.#reached[index]?.at(-1);
    if (newest === undefined) return undefined;
    const events = this.#backFrom(newest.event, index);
    const next = steps[index + 1];
    if (next) return { events, missing: formatPath(next.path), reached: index };
    const spoiling = this.#isSpoiled(newest.event);
    const all = spoiling?.event === undefined ? events : [...events, { event: spoiling.event, step: steps.length + 1 }];
    return { events: all, missing: formatPath(ending?.path ?? this.#condition.path), reached: index };
  }

  #candidates(index: number): readonly E[] {
    const { steps } = this.#condition;
    const all = this.#events.filter(({ roles, groupedBy }) => roles[index] === true && (!this.#isCompared() || groupedBy.at(-1) !== ''));
    const only = steps[index]?.only;
    const edge = only === undefined ? undefined : (only === 'first' ? all[0] : all.at(-1))?.ms;
    // Several may have happened in that millisecond.
    return edge === undefined ? all : all.filter(({ ms }) => ms === edge);
  }

  /** The last moment of a gap after the event. */
  #latest({ ms }: E, within: Length | undefined): number {
    if (within === undefined) return Number.POSITIVE_INFINITY;
    return momentsOf({ is: 'next', length: within }, { ...this.#clock, asOfMs: ms }).high?.value ?? Number.POSITIVE_INFINITY;
  }

  #isCompared(): boolean {
    return this.#condition.different !== undefined;
  }

  #follows(before: E, event: E, index: number): boolean {
    const { steps } = this.#condition;
    const step = steps[index];
    const gap = event.ms - before.ms;
    if (gap <= 0 || step === undefined || gap < (step.afterMs ?? 0) || event.ms > this.#latest(before, step.within)) return false;
    if (this.#isCompared() && before.groupedBy.at(-1) === event.groupedBy.at(-1)) return false;
    if (step.without.length === 0) return true;
    const role = steps.length + steps.slice(0, index).filter(({ without }) => without.length > 0).length;
    return !this.#events.some(({ ms, roles }) => roles[role] === true && ms > before.ms && ms < event.ms);
  }

  /** Why a run that ends with it does not count: what follows it, or that the time has not passed. */
  #isSpoiled(last: E): { readonly event?: E } | undefined {
    const { ending } = this.#condition;
    if (!ending) return undefined;
    const until = this.#latest(last, ending.within);
    const event = this.#events.find(({ ms, roles }) => roles.at(-1) === true && ms > last.ms && ms <= until);
    if (event) return { event };
    return ending.within !== undefined && until > this.#clock.asOfMs ? {} : undefined;
  }

  #backFrom(event: E, index: number): Matched<E>[] {
    const run: Matched<E>[] = [];
    let one: E | undefined = event;
    for (let step = index; step >= 0 && one !== undefined; step -= 1) {
      run.unshift({ event: one, step: step + 1 });
      const at: E = one;
      one = this.#reached[step]?.find((reached) => reached.event === at)?.before;
    }
    return run;
  }
}
