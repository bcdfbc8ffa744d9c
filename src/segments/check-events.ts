/** In which streams events of a name are, and what their filters ask there: shared by every condition about events. Pure. */
import type { EventStream } from '../catalogue/catalogue.ts';
import { nearest, type Path } from '../documents/problem.ts';
import { readJsonTest } from './check-json-operator.ts';
import { readTest } from './check-operator.ts';
import { type CheckTools, NAMED_BY, operatorOf, PROPERTY_PART } from './check-tools.ts';
import type { EventPart, PropertyCondition } from './checked.ts';
import { PROPERTY_OPERATORS, type PropertyFilter } from './language/operators.ts';

/** One part for each stream that may have any of the events. Problems go to the place of the name (`word`) or the filter. */
export function readParts(
  { event, where = [] }: { readonly event: string | readonly string[]; readonly where?: readonly PropertyFilter[] | undefined },
  path: Path,
  tools: CheckTools,
  word = 'event',
): EventPart[] {
  const streams = new Map<EventStream, string[]>();
  for (const name of new Set([event].flat()))
    for (const stream of streamsOf(name, [...path, word], tools)) streams.set(stream, [...(streams.get(stream) ?? []), name]);
  return [...streams].map(([stream, events]) => ({
    stream,
    events,
    filters: where.flatMap((filter, index) => checkFilter(filter, stream, events, [...path, 'where', index], tools) ?? []),
  }));
}

/**
 * When a stream is declared for this event name, it has all events of that name; counting them in another stream would count them twice.
 * Otherwise the events are in every stream that has a name column.
 */
function streamsOf(event: string, path: Path, tools: CheckTools): readonly EventStream[] {
  const { streams, name } = tools.entity;
  const named = streams.find((stream) => stream.event.is === 'constant' && stream.event.name === event);
  const open = streams.filter((stream) => stream.event.is === 'column');
  const constants = streams.flatMap((stream) => (stream.event.is === 'constant' ? [stream.event.name] : []));
  if (!named && open.length === 0) {
    tools.report(path, `there is no event ${event} of a ${name}.`, nearest(event, constants));
    return [];
  }
  warnAboutEvent(event, named, constants, path, tools);
  return named ? [named] : open;
}

function checkFilter(
  filter: PropertyFilter,
  stream: EventStream,
  events: readonly string[],
  path: Path,
  tools: CheckTools,
): PropertyCondition | undefined {
  const { operator, operand } = operatorOf(filter, PROPERTY_OPERATORS);
  if (stream.properties.is === 'columns') {
    const { columns } = stream.properties;
    const property = columns.get(filter.property);
    if (!property) {
      const known = columns.size === 0 ? 'It has none.' : `It has ${[...columns.keys()].join(', ')}.`;
      const message = `${events.join(', ')} (model ${stream.name}) has no property ${filter.property}. ${known}`;
      return tools.report([...path, 'property'], message, nearest(filter.property, columns.keys()));
    }
    return tools.fitting([...path, operator], () => ({
      is: 'column',
      property,
      test: readTest(property.column.value, operator, operand),
    }));
  }
  const property = filter.property.split('.');
  if (!property.every((part) => PROPERTY_PART.test(part))) {
    return tools.report([...path, 'property'], `a property ${NAMED_BY}`);
  }
  warnAboutProperty(filter.property, stream, events, [...path, 'property'], tools);
  return tools.fitting([...path, operator], () => ({ is: 'json', property, test: readJsonTest(operator, operand) }));
}

function warnAboutEvent(event: string, named: EventStream | undefined, constants: readonly string[], path: Path, tools: CheckTools): void {
  const seen = tools.world.events;
  if (seen === undefined) return;
  if (named) {
    const elsewhere = seen.find(({ name, stream }) => name === event && stream !== named.name);
    if (!elsewhere) return;
    const message = `${event} is counted in the model ${named.name}, which is declared to be of that name; those in ${elsewhere.stream} are not counted.`;
    tools.warnings.push({ path, message });
    return;
  }
  if (seen.some(({ name }) => name === event)) return;
  const suggestions = nearest(event, new Set([...seen.map(({ name }) => name), ...constants]));
  tools.warnings.push({ path, message: `no event named ${event} has been seen.`, suggestions });
}

/** Of several streams, it is enough that one has seen it. */
function warnAboutProperty(property: string, { name: model }: EventStream, events: readonly string[], path: Path, tools: CheckTools): void {
  const all = tools.world.events?.filter(({ name }) => events.includes(name));
  const known = all?.flatMap(({ properties }) => properties.map(({ name }) => name));
  const isSeen = all?.some(({ stream }) => stream === model);
  if (known === undefined || !isSeen || known.includes(property)) return;
  tools.warnings.push({
    path,
    message: `${events.join(', ')} has not been seen with a property ${property}.`,
    suggestions: nearest(property, new Set(known)),
  });
}
