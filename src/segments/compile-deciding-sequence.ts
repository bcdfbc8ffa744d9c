/** The events of one entity that a sequence may be made of, as SQL; which of them are one is found from them (match-sequence.ts). Pure. */
import type { EventStream } from '../catalogue/catalogue.ts';
import { momentsOf } from './calendar.ts';
import type { NamedEvents, SequenceCondition } from './checked.ts';
import { untilAsOf } from './compile-events.ts';
import { subquery } from './compile-parameters.ts';
import { StreamColumns } from './compile-stream.ts';
import { allOf, COLUMNS, columnsSql, type DecidingSelect, namedOnce, namedValue, type OneEntity, valueOfTest } from './deciding-select.ts';
import { eventsOfSequence } from './grouped-events.ts';
import { sequenceRoles } from './match-sequence.ts';

/** The newest of them; `passed`: which of `sequenceRoles` each has; `grouped_by`: the values of `same`, then that of `different`. */
export function decidingSequence(condition: SequenceCondition, { entity, tools, isOne }: OneEntity, limit: number): DecidingSelect {
  const { during, same, different, ending } = condition;
  const { clock, parameters, tests } = tools;
  const all = eventsOfSequence(condition);
  const streams = [...new Set(all.flatMap(({ parts }) => parts.map(({ stream }) => stream)))];
  const read = all.flatMap(({ parts }) => parts.flatMap(({ filters }) => filters.flatMap((filter) => valueOfTest(filter) ?? [])));
  const compared = [...same, ...(different ? [different] : [])];
  const named = namedOnce([...read, ...compared.flatMap(({ places }) => [...places.values()])].map(namedValue));
  const window = untilAsOf(momentsOf(during, clock), clock);
  const selects = streams.map((stream) => {
    const columns = new StreamColumns(stream, entity, [], tools, true);
    const inSteps = tests.interval(columns.time, window)?.sql ?? 'true';
    const isOf = (events: NamedEvents) => {
      const parts = events.parts.filter((part) => part.stream === stream);
      const each = parts.map((part) => `(${allOf([...columns.nameIn(part.events), ...columns.filters(part.filters)])})`);
      return each.length === 0 ? 'false' : `(${each.join(' or ')})`;
    };
    const passed = sequenceRoles(condition).map(({ events, isEnding }) => {
      const either = events.map(isOf).join(' or ');
      return isEnding ? either : `(${either}) and ${inSteps}`;
    });
    const values = valuesIn(stream, all, condition);
    const shown = named.map(({ name }) => {
      const value = values.get(name);
      return value === undefined ? 'null' : columns.shown(value);
    });
    const groupedBy = compared.map(({ places }) => {
      const place = places.get(stream);
      return place === undefined ? "''" : `ifNull(${columns.compared(place)}, '')`;
    });
    const name = columns.name ?? parameters.add('String', stream.event.is === 'constant' ? stream.event.name : '');
    const times = ending ? { ...window, high: { value: clock.asOfMs, isIncluded: true } } : window;
    const time = tests.interval(columns.time, times);
    const where = [isOne(columns.key).sql, ...(time ? [time.sql] : []), `(${passed.map((sql) => `(${sql})`).join(' or ')})`];
    const selected = columnsSql({ at: columns.time, event: name, shown, passed, counts: 'true', groupedBy });
    return `select\n    ${selected}\nfrom ${columns.table}\nwhere ${where.join('\n  and ')}`;
  });
  return {
    sql: `select ${COLUMNS}\nfrom ${subquery(selects.join('\nunion all\n'))}\nwhere at is not null\norder by at desc\nlimit ${limit}`,
    values: named,
    tests: [],
  };
}

function valuesIn(stream: EventStream, all: readonly NamedEvents[], { same, different }: SequenceCondition) {
  const own = all.flatMap(({ parts }) => parts.filter((part) => part.stream === stream));
  const values = [
    ...own.flatMap(({ filters }) => filters.flatMap((filter) => valueOfTest(filter) ?? [])),
    ...[...same, ...(different ? [different] : [])].flatMap(({ places }) => places.get(stream) ?? []),
  ];
  return new Map(values.map((value) => [namedValue(value).name, value]));
}
