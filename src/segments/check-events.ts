/** In which streams events of a name are, and what their filters ask there: shared by every condition about events. Pure. */
import type { EventStream, TypedColumn } from '../catalogue/catalogue.ts';
import { nearest, type Path } from '../documents/problem.ts';
import { readJsonTest } from './check-json-operator.ts';
import { MAX_FRACTION_DIGITS, type MeasuredSubject } from './check-measure.ts';
import { readTest } from './check-operator.ts';
import { type CheckTools, NAMED_BY, operatorOf, PROPERTY_PART } from './check-tools.ts';
import type { EventPart, EventTest, EventValue, NamesAsked } from './checked.ts';
import { type EventFilter, type Hours, WEEKDAYS } from './language/filter.ts';
import { PROPERTY_OPERATORS } from './language/operators.ts';

/** Larger numbers are no amounts; 36 digits leave room for exact sums and products of them. */
const MAX_WHOLE_DIGITS = 36;

/** As the document names them: one name, several, or every event. */
type Names = string | readonly string[] | { readonly any: true };

interface Asked {
  readonly event: Names;
  readonly where?: readonly EventFilter[] | undefined;
  /** What the first or last of them has to be. */
  readonly edge?: {
    readonly is: 'first' | 'last';
    readonly event?: string | readonly string[] | undefined;
    readonly where?: readonly EventFilter[] | undefined;
  };
  readonly subject?: MeasuredSubject | undefined;
}

/** One part for each stream that may have any of the events. Problems go to the place of the name (`word`) or the filter. */
export function readParts({ event, where, edge, subject }: Asked, path: Path, tools: CheckTools, word = 'event'): EventPart[] {
  const asked = namesByStream(event, [...path, word], tools);
  const edges = edge && (edge.event === undefined ? asked : edgeByStream(edge.event, event, [...path, edge.is], tools));
  return [...asked].map(([stream, events]) => {
    const value = subject && readValue(subject, stream, events, tools);
    const edgeNames = edges?.get(stream);
    return {
      stream,
      events,
      filters: checkFilters(where, stream, events, path, tools),
      ...(value ? { value } : {}),
      ...(edge && edgeNames
        ? { edge: { events: edgeNames, filters: checkFilters(edge.where, stream, edgeNames, [...path, edge.is], tools) } }
        : {}),
    };
  });
}

function namesByStream(event: Names, path: Path, tools: CheckTools): Map<EventStream, NamesAsked> {
  if (isEveryEvent(event)) return everyEvent(tools);
  const streams = new Map<EventStream, string[]>();
  for (const name of new Set([event].flat()))
    for (const stream of streamsOf(name, path, tools)) streams.set(stream, [...(streams.get(stream) ?? []), name]);
  return new Map([...streams].map(([stream, names]) => [stream, { is: 'in', names }]));
}

const isEveryEvent = (event: Names): event is { readonly any: true } => typeof event === 'object' && 'any' in event;

/** Calls without a name, such as identify, are no events; and what a stream is declared for is counted there only. */
function everyEvent({ entity: { streams } }: CheckTools): Map<EventStream, NamesAsked> {
  const constants = namesOfStreams(streams);
  return new Map(
    streams.map((stream) => [
      stream,
      stream.event.is === 'constant' ? { is: 'in', names: [stream.event.name] } : { is: 'not_in', names: ['', ...constants] },
    ]),
  );
}

/** Names of events that have a stream of their own. */
const namesOfStreams = (streams: readonly EventStream[]) => streams.flatMap(({ event }) => (event.is === 'constant' ? [event.name] : []));

/** In which streams the first or last event can be one of `edge`. @param path of `first` or `last`. */
function edgeByStream(edge: string | readonly string[], event: Names, path: Path, tools: CheckTools): Map<EventStream, NamesAsked> {
  if (!isEveryEvent(event)) {
    const names = [event].flat();
    const other = [edge].flat().find((name) => !names.includes(name));
    if (other !== undefined)
      tools.report([...path, 'event'], `${other} is none of the events of this condition: ${names.join(', ')}`, nearest(other, names));
  }
  return namesByStream(edge, [...path, 'event'], tools);
}

const namesInWords = ({ is, names }: NamesAsked, { name }: EventStream) => (is === 'in' ? names.join(', ') : `an event of ${name}`);

function readValue(
  { measure, path, property, column }: MeasuredSubject,
  stream: EventStream,
  events: NamesAsked,
  tools: CheckTools,
): EventValue | undefined {
  const value =
    column === undefined
      ? findProperty(property ?? '', stream, events, [...path, 'property'], tools)
      : findColumn(column, stream, [...path, 'column'], tools);
  if (value?.is !== 'column') return value;
  const problem = measureProblem(measure, value.property);
  return problem === undefined ? value : tools.report([...path, column === undefined ? 'property' : 'column'], problem);
}

/** Undefined when the column can be measured so. */
export function measureProblem(measure: MeasuredSubject['measure'], { name, type, column: { value } }: TypedColumn): string | undefined {
  if (measure === 'distinct' || measure === 'repeats')
    return value.kind === 'list' ? `${name} is a list: ${measure} takes single values` : undefined;
  if (value.kind !== 'number') return `${name} is a ${value.kind}: ${measure} takes numbers`;
  const { number } = value;
  const isTooWide =
    number.is === 'integer'
      ? /(128|256)$/.test(number.type)
      : number.is === 'decimal' && (number.scale > MAX_FRACTION_DIGITS || number.precision - number.scale > MAX_WHOLE_DIGITS);
  return isTooWide
    ? `${name} is a ${type}: ${measure} takes numbers with at most ${MAX_WHOLE_DIGITS} digits before the point and ${MAX_FRACTION_DIGITS} after it; make such a column in the model`
    : undefined;
}

/**
 * When a stream is declared for this event name, it has all events of that name; counting them in another stream would count them twice.
 * Otherwise the events are in every stream that has a name column.
 */
function streamsOf(event: string, path: Path, tools: CheckTools): readonly EventStream[] {
  const { streams, name } = tools.entity;
  const named = streams.find((stream) => stream.event.is === 'constant' && stream.event.name === event);
  const open = streams.filter((stream) => stream.event.is === 'column');
  const constants = namesOfStreams(streams);
  if (!named && open.length === 0) {
    tools.report(path, `there is no event ${event} of a ${name}.`, nearest(event, constants));
    return [];
  }
  warnAboutEvent(event, named, constants, path, tools);
  return named ? [named] : open;
}

function checkFilters(
  where: readonly EventFilter[] | undefined,
  stream: EventStream,
  events: NamesAsked,
  path: Path,
  tools: CheckTools,
): EventTest[] {
  return (where ?? []).flatMap((filter, index) => checkFilter(filter, stream, events, [...path, 'where', index], tools) ?? []);
}

function checkFilter(filter: EventFilter, stream: EventStream, events: NamesAsked, path: Path, tools: CheckTools): EventTest | undefined {
  if (filter.hour !== undefined) return hourTest(filter.hour, stream, [...path, 'hour'], tools);
  if (filter.weekday !== undefined) return { is: 'weekday', days: [filter.weekday].flat().map((day) => WEEKDAYS.indexOf(day) + 1) };
  const { property, column, ...rest } = filter;
  const { operator, operand } = operatorOf(rest, PROPERTY_OPERATORS);
  const value =
    column === undefined
      ? findProperty(property ?? '', stream, events, [...path, 'property'], tools)
      : findColumn(column, stream, [...path, 'column'], tools);
  if (value === undefined) return undefined;
  return tools.fitting<EventTest>([...path, operator], () =>
    value.is === 'column'
      ? { ...value, test: readTest(value.property.column.value, operator, operand) }
      : { ...value, test: readJsonTest(operator, operand) },
  );
}

function findProperty(property: string, stream: EventStream, events: NamesAsked, path: Path, tools: CheckTools): EventValue | undefined {
  const { properties } = stream;
  if (properties.is === 'columns') {
    const column = properties.columns.get(property);
    if (column) return { is: 'column', property: column };
    const known = properties.columns.size === 0 ? 'It has none.' : `It has ${[...properties.columns.keys()].join(', ')}.`;
    const message = `${namesInWords(events, stream)} (model ${stream.name}) has no property ${property}. ${known}`;
    return tools.report(path, message, nearest(property, properties.columns.keys()));
  }
  const parts = property.split('.');
  if (!parts.every((part) => PROPERTY_PART.test(part))) return tools.report(path, `a property ${NAMED_BY}`);
  if (events.is === 'in') warnAboutProperty(property, stream, events.names, path, tools);
  return { is: 'json', property: parts };
}

/** A column that the yml lists, or a property that is one. */
function findColumn(name: string, stream: EventStream, path: Path, tools: CheckTools): EventValue | undefined {
  const columns = new Map([...stream.columns, ...(stream.properties.is === 'columns' ? stream.properties.columns : [])]);
  const column = columns.get(name);
  if (column) return { is: 'column', property: column };
  const known = columns.size === 0 ? 'Its yml lists none under `columns`.' : `It has ${[...columns.keys()].join(', ')}.`;
  return tools.report(
    path,
    `the events in the model ${stream.name} have no column ${name} to ask for. ${known}`,
    nearest(name, columns.keys()),
  );
}

function hourTest(hours: Hours, stream: EventStream, path: Path, tools: CheckTools): EventTest | undefined {
  if (stream.time.kind === 'date') return tools.report(path, `the events in the model ${stream.name} have a day and no hour`);
  const { is, gte, gt, lte, lt, between } = hours;
  const [first, last] = between ?? [0, 23];
  const holds = (hour: number) =>
    (is === undefined || [is].flat().includes(hour)) &&
    (gte === undefined || hour >= gte) &&
    (gt === undefined || hour > gt) &&
    (lte === undefined || hour <= lte) &&
    (lt === undefined || hour < lt) &&
    // Past midnight when the first is the later one.
    (first <= last ? hour >= first && hour <= last : hour >= first || hour <= last);
  return { is: 'hour', hours: Array.from({ length: 24 }, (_, hour) => hour).filter(holds) };
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
