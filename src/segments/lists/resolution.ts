/** Whom the values of a list name now: how many are of somebody, and which are of nobody. */
import * as z from 'zod';
import type { Entity } from '../../catalogue/catalogue.ts';
import { innerType } from '../../sql/column-type.ts';
import { qualified, quoteIdentifier, quoteText } from '../../sql/sql-text.ts';
import { defineQuery } from '../../warehouse/query.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import type { IdentifiedBy } from '../checked.ts';

export interface Resolution {
  /** Different values of the list. */
  readonly values: number;
  /** Of these, how many are of somebody. */
  readonly matched: number;
  /** Of these, how many are of several. */
  readonly shared: number;
  /** How many they name. */
  readonly entities: number;
  /** Some of those that are of nobody, as they are written. Personal data. */
  readonly unmatched: readonly string[];
}

export async function resolveList(
  { reader, databases }: Pick<Warehouse, 'reader' | 'databases'>,
  entity: Entity,
  { list, version, of }: { readonly list: string; readonly version: string; readonly of: IdentifiedBy },
  { most = 0, signal }: { readonly most?: number; readonly signal?: AbortSignal } = {},
): Promise<Resolution> {
  const values = qualified({ database: databases.state, table: 'list_values' });
  const { spelled, owners } = sidesOf(entity, of, values);
  const query = defineQuery({
    name: 'segments.resolve_list',
    sql: `
      select
          count() as values,
          countIf(owners > 0) as matched,
          countIf(owners > 1) as shared,
          uniqExactArray(owned) as entities,
          arraySort(groupArrayIf({most:UInt32})(value, owners = 0)) as unmatched
      from (
          select
              value,
              arrayDistinct(arrayFlatten(groupArray(owned))) as owned,
              length(owned) as owners
          from (${spelled}) as listed
          left join (
              select spelling, groupUniqArray(owner) as owned
              from (${owners})
              group by spelling
          ) as known on known.spelling = listed.spelling
          group by value
      )
    `,
    params: z.object({ list: z.string(), version: z.string(), type: z.string(), most: z.number() }),
    row: z.object({
      values: z.coerce.number(),
      matched: z.coerce.number(),
      shared: z.coerce.number(),
      entities: z.coerce.number(),
      unmatched: z.array(z.string()),
    }),
  });
  const params = { list, version, type: of.is === 'identifier' ? of.type : '', most: Math.max(most, 1) };
  const [found] = await reader.ask(query, params, { settings: { join_use_nulls: 0 }, ...(signal ? { signal } : {}) });
  const { unmatched, ...counts } = found ?? { values: 0, matched: 0, shared: 0, entities: 0, unmatched: [] };
  return { ...counts, unmatched: unmatched.slice(0, most) };
}

/** `spelled`: value and spelling of the list, an empty one where the value cannot be read. `owners`: spelling and owner, as texts. */
function sidesOf(entity: Entity, of: IdentifiedBy, values: string): { readonly spelled: string; readonly owners: string } {
  const ofList = 'list_id = {list:String} and version = {version:String}';
  const key = quoteIdentifier(entity.key);
  if (of.is === 'identifier')
    return {
      spelled: `select value, identifier_value as spelling from ${qualified(of.spelled)} where ${ofList} and identifier_type = {type:String}`,
      owners: `select identifier_value as spelling, toString(${key}) as owner from ${qualified(of.owners)} where identifier_type = {type:String}`,
    };
  const { column, type, table } =
    of.is === 'key'
      ? { column: key, type: entity.keyType, table: entity.table }
      : { column: quoteIdentifier(of.trait.name), type: of.trait.type, table: of.trait.table };
  const inner = innerType(type);
  const isText = inner === 'String' || inner.startsWith('FixedString(') || inner.startsWith('Enum');
  const spelling = isText ? 'value' : `ifNull(toString(accurateCastOrNull(value, ${quoteText(inner)})), '')`;
  return {
    spelled: `select value, ${spelling} as spelling from ${values} where ${ofList}`,
    owners: `select assumeNotNull(toString(${column})) as spelling, assumeNotNull(toString(${key})) as owner from ${qualified(table)} where isNotNull(${column}) and isNotNull(${key}) and toString(${column}) != ''`,
  };
}
