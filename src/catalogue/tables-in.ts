/** Finds every table that a part of the catalogue names, at any depth, so that all of them can be checked for read access. Pure. */
import type { TableName } from '../sql/sql-text.ts';

/** @param part a catalogue, an entity, or anything that holds parts of them, such as the conditions of a segment. */
export function tablesIn(part: unknown): TableName[] {
  const found = new Map<string, TableName>();
  collect(part, found);
  return [...found.values()];
}

function collect(part: unknown, found: Map<string, TableName>): void {
  if (typeof part !== 'object' || part === null) return;
  if (isTable(part)) found.set(`${part.database}.${part.table}`, { database: part.database, table: part.table });
  for (const inner of part instanceof Map ? part.values() : Object.values(part)) collect(inner, found);
}

const isTable = (part: object): part is TableName =>
  'database' in part && 'table' in part && typeof part.database === 'string' && typeof part.table === 'string';
