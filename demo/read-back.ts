/** Asks each destination what it holds, in its own way: none of this looks at what we meant to send. */
import pg from 'pg';
import type { SyncDefinition } from '../src/syncs/definition.ts';
import { readCsvFolder } from './csv-folder.ts';
import type { Snapshot } from './snapshot.ts';
import type { Surroundings } from './surroundings.ts';

type Destinations = Pick<Surroundings, 'receiver' | 'folder' | 'postgres'>;
type Delivered = Pick<SyncDefinition, 'id' | 'destination' | 'key' | 'options'>;

export async function readBack(destinations: Destinations, sync: Delivered): Promise<Snapshot> {
  const key = Object.keys(sync.key);
  switch (sync.destination) {
    case 'crm-webhook':
      return destinations.receiver.held(sync.id);
    case 'csv-folder':
      return readCsvFolder(destinations.folder.csv, sync.id, key);
    case 'shop-database':
      return readTable(destinations.postgres.url, String(sync.options.table), key);
    default:
      throw new Error(`the demo has no way to read ${sync.destination} back`);
  }
}

/** What people call the destination in the summary. */
export function destinationName(
  { postgres }: Pick<Surroundings, 'postgres'>,
  { destination, mode }: Pick<SyncDefinition, 'destination' | 'mode'>,
): string {
  const names: Readonly<Record<string, string>> = { 'crm-webhook': 'webhook', 'csv-folder': 'CSV folder', 'shop-database': postgres.name };
  return `${names[destination] ?? destination} (${mode})`;
}

async function readTable(connectionString: string, table: string, key: readonly string[]): Promise<Snapshot> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows: found } = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [
      pg.escapeIdentifier(table),
    ]);
    if (found[0]?.exists !== true) return new Map();
    const { rows } = await client.query<Record<string, unknown>>(`select * from ${pg.escapeIdentifier(table)}`);
    return new Map(rows.map((row) => [JSON.stringify(key.map((column) => row[column])), JSON.stringify(row)]));
  } finally {
    await client.end();
  }
}
