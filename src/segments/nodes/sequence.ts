/** A condition on events in an order: steps, gaps, absences, equal and different properties. Pure. */
import type { EventStream } from '../../catalogue/catalogue.ts';
import { nearest, type Path } from '../../documents/problem.ts';
import { readCount } from '../check-count.ts';
import { readParts } from '../check-events.ts';
import { type CheckTools, NAMED_BY, PROPERTY_PART } from '../check-tools.ts';
import { readFixedWindow } from '../check-window.ts';
import {
  AT_LEAST_ONCE,
  type ComparedProperty,
  type EventValue,
  type NamedEvents,
  type SequenceCondition,
  type SequenceStep,
} from '../checked.ts';
import { eventsOfSequence } from '../grouped-events.ts';
import { gapMilliseconds, type SequenceNode, type Step } from '../language/sequence.ts';
import { readLength } from '../length.ts';

/** Runs of an entity with very many events are looked for one after the other. */
const MAX_TIMES = 100;

/** Undefined when a problem was reported. */
export function checkSequence(node: SequenceNode, path: Path, tools: CheckTools): SequenceCondition | undefined {
  if (tools.entity.streams.length === 0)
    return tools.report([...path, 'sequence'], `no published model holds events of a ${tools.entity.name}`);
  const before = tools.problems.length;
  const last = node.sequence.at(-1);
  const steps = node.sequence.flatMap((step, index) => readStep(step, [...path, 'sequence', index], tools));
  const ending = last?.none === undefined ? undefined : readEnding(last, [...path, 'sequence', node.sequence.length - 1], tools);
  const times = node.times === undefined ? AT_LEAST_ONCE : readCount(node.times, [...path, 'times'], tools);
  const mostTimes = times.is === 'between' ? times.high : times.times;
  if (mostTimes > MAX_TIMES) tools.report([...path, 'times', times.is], `runs through a sequence are counted up to ${MAX_TIMES}`);
  const during = readFixedWindow(node.during, [...path, 'during'], tools);
  const read = { kind: 'sequence', path, steps, ...(ending ? { ending } : {}), times, during } as const;
  const streams = [...new Set(eventsOfSequence(read).flatMap(({ parts }) => parts.map(({ stream }) => stream)))];
  const valuesOf = (word: 'same' | 'different') =>
    (node[word] ?? []).map((name, index) => readValue(name, streams, [...path, word, index], tools));
  const same = valuesOf('same');
  const [different] = valuesOf('different');
  return tools.problems.length > before ? undefined : { ...read, same, ...(different ? { different } : {}) };
}

function readStep({ event, where, first, last, within, after, without = [] }: Step, path: Path, tools: CheckTools): SequenceStep[] {
  if (event === undefined) return [];
  const only = first ? 'first' : last ? 'last' : undefined;
  return [
    {
      ...readEvents({ event, where }, path, tools),
      ...(only ? { only } : {}),
      ...(within === undefined ? {} : { within: readLength(within) }),
      ...(after === undefined ? {} : { afterMs: gapMilliseconds(after) }),
      without: without.map((between, index) => readEvents(between, [...path, 'without', index], tools)),
    },
  ];
}

function readEnding({ none = '', where, within }: Step, path: Path, tools: CheckTools): SequenceCondition['ending'] {
  return {
    ...readEvents({ event: none, where }, path, tools, 'none'),
    ...(within === undefined ? {} : { within: readLength(within) }),
  };
}

type Named = Pick<Step, 'where'> & { readonly event: NonNullable<Step['event']> };

function readEvents(named: Named, path: Path, tools: CheckTools, word?: 'none'): NamedEvents {
  return { path, events: [...new Set([named.event].flat())], parts: readParts(named, path, tools, word) };
}

/** The values of a property are compared as the texts that JSON writes; a list and a moment have none that people would call the same. */
const COMPARED = ['text', 'number', 'boolean', 'date'];

function readValue(name: string, streams: readonly EventStream[], path: Path, tools: CheckTools): ComparedProperty {
  const places = streams.flatMap((stream): [EventStream, EventValue][] => {
    if (stream.properties.is === 'json') {
      const property = name.split('.');
      if (property.every((part) => PROPERTY_PART.test(part))) return [[stream, { is: 'json', property }]];
      tools.report(path, `a property ${NAMED_BY}`);
      return [];
    }
    const { columns } = stream.properties;
    const property = columns.get(name);
    if (!property) {
      const known = columns.size === 0 ? 'It has none.' : `It has ${[...columns.keys()].join(', ')}.`;
      tools.report(path, `the events of the model ${stream.name} have no property ${name}. ${known}`, nearest(name, columns.keys()));
      return [];
    }
    const { kind } = property.column.value;
    if (COMPARED.includes(kind)) return [[stream, { is: 'column', property }]];
    tools.report(
      path,
      `${name} is a ${kind} in the model ${stream.name}; values that are compared are texts, numbers, dates, true and false`,
    );
    return [];
  });
  return { name, places: new Map(places) };
}
