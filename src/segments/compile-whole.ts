/**
 * What takes members away from those for whom the conditions hold, as SQL around their query: excluded segments, the split, the holdout and
 * the limit, in that order. Pure.
 */
import type { Entity, Trait } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { distinctTables, isSameTable, quoteIdentifier } from '../sql/sql-text.ts';
import { BUCKETS, bucketPrefix, bucketSql } from './bucket.ts';
import type { CheckedSegment } from './checked.ts';
import { type CheckedLimit, type CheckedWhole, traitsOfWhole } from './checked-whole.ts';
import { type Parameters, subquery } from './compile-parameters.ts';
import { joinedRowsOf, rowsOf } from './compile-tables.ts';
import { not, type Predicate, tight } from './predicate.ts';

export interface WholeTools {
  readonly parameters: Parameters;
  /** Whether the entity with the key `key` is a published member of another segment. */
  readonly isMemberOf: (key: string, segment: string) => Predicate;
}

/** `holdout`: those who are held out, instead of those who stay. */
export type WholePart = 'members' | 'holdout';

/** `candidates`: a query with one column, the key of each entity for which the conditions hold. */
export function compileWhole(segment: CheckedSegment, candidates: string, part: WholePart, tools: WholeTools): string {
  const { entity, whole } = segment;
  const key = quoteIdentifier(entity.key);
  const { excluded, isInSplit, isHeldOut, isNotHeldOut } = wholeConditions(entity, whole, key, tools);
  const kept = [...excluded.map(not), ...(isInSplit ? [isInSplit] : [])];
  if (whole.limit) return limited(segment, whole.limit, selected(key, candidates, kept), part, tools);
  const inPart = part === 'holdout' ? isHeldOut : isNotHeldOut;
  return selected(key, candidates, [...kept, ...(inPart ? [inPart] : [])]);
}

/** What decides about one row, whose key is the SQL `key`. */
export function wholeConditions(
  entity: Entity,
  { exclude, split, holdout }: CheckedWhole,
  key: string,
  { parameters, isMemberOf }: WholeTools,
) {
  const bucket = (purpose: 'split' | 'holdout', salt: string) =>
    bucketSql(parameters.add('String', bucketPrefix(purpose, salt)), textOf(entity, key));
  return {
    excluded: exclude.map((segment) => isMemberOf(key, segment)),
    isInSplit: split && ({ sql: `${bucket('split', split.salt)} between ${split.from} and ${split.to}`, binds: 'and' } as const),
    isHeldOut: holdout && tight(`${bucket('holdout', holdout.salt)} < ${holdout.buckets}`),
    isNotHeldOut: holdout && tight(`${bucket('holdout', holdout.salt)} >= ${holdout.buckets}`),
  };
}

/** The key as `sluice.segment_members` shows it. */
function textOf(entity: Entity, key: string): string {
  const { column, kept } = keyTypeOf(entity);
  return column === 'member_uuid' ? `toString(${key})` : kept(key);
}

function selected(key: string, candidates: string, kept: readonly Predicate[]): string {
  if (kept.length === 0) return candidates;
  const where = kept.map(({ sql, binds }) => (binds === 'or' ? `(${sql})` : sql)).join('\n  and ');
  return `select ${key}\nfrom ${subquery(candidates)}\nwhere ${where}`;
}

/**
 * Each candidate with its place. Who is held out takes no place: it belongs to the holdout when it would have been within the limit, so
 * that the held-out can be compared with the members.
 */
function limited(segment: CheckedSegment, limit: CheckedLimit, candidates: string, part: WholePart, tools: WholeTools): string {
  const { entity, whole } = segment;
  const key = quoteIdentifier(entity.key);
  const traits = traitsOfWhole(whole);
  const tables = distinctTables([entity.table, ...traits.map(({ table }) => table)]);
  const from = tables.map((table, index) =>
    index === 0
      ? `from ${rowsOf(entity, table, traits)} as t0`
      : `left join ${joinedRowsOf(entity, table, traits)} as t${index} on t${index}.${key} = t0.${key}`,
  );
  const aliasOf = (trait: Trait) => `t${tables.findIndex((other) => isSameTable(other, trait.table))}.`;
  const own = keyTypeOf(entity).hasKey(`t0.${key}`) === undefined ? `t0.${key}` : `assumeNotNull(t0.${key})`;
  const { isHeldOut } = wholeConditions(entity, whole, own, tools);

  const partition = limit.per ? `partition by ${rankingValue(limit.per, aliasOf(limit.per))}` : '';
  const order = `order by ${rankingValue(limit.by, aliasOf(limit.by))} ${limit.order} nulls last, ${textOf(entity, own)}`;
  const counted = isHeldOut ? `countIf(not is_held_out)` : 'count()';
  const over = (...parts: string[]) => `over (${parts.filter((one) => one !== '').join(' ')})`;
  const columns = [
    `${own} as ${key}`,
    ...(isHeldOut ? [`${isHeldOut.sql} as is_held_out`] : []),
    `${counted} ${over(partition, order, 'rows between unbounded preceding and current row')} as place`,
    ...(limit.most.is === 'share' ? [`${counted} ${over(partition)} as of_all`] : []),
  ];
  const ranked = [`select\n    ${columns.join(',\n    ')}`, ...from, `where t0.${key} in ${subquery(candidates)}`].join('\n');

  const most =
    limit.most.is === 'count'
      ? tools.parameters.add('UInt32', limit.most.count)
      : // Rounded up, in whole numbers.
        `intDiv(of_all * ${limit.most.tenThousandths} + ${BUCKETS - 1}, ${BUCKETS})`;
  // The place of one who is held out is that of the member before it.
  const isWithin = part === 'holdout' ? `place < ${most}` : `place <= ${most}`;
  const where = isHeldOut ? `${part === 'holdout' ? 'is_held_out' : 'not is_held_out'}\n  and ${isWithin}` : isWithin;
  return `select ${key}\nfrom ${subquery(ranked)}\nwhere ${where}`;
}

/** A trait without a value is null: it comes last in an order, and all without one are one group. */
function rankingValue({ column: { value }, name }: Trait, alias: string): string {
  const sql = `${alias}${quoteIdentifier(name)}`;
  if (value.kind === 'text') return `nullIf(${value.needsCast ? `toString(${sql})` : sql}, '')`;
  return value.kind === 'number' && value.number.is === 'float' ? `if(isNaN(${sql}), null, ${sql})` : sql;
}
