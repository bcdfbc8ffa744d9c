/** Reads the public linkage sets from a folder: FEBRL 1–3 and Splink's fake_1000, as gzipped CSV. Nothing of them is kept here. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import type { LinkageRecord, LinkageSet, MatchKind } from './linkage-set.ts';

interface Format {
  readonly id: string;
  readonly personOf: (row: Readonly<Record<string, string>>) => string;
  /** Column → what it holds. */
  readonly columns: Readonly<Record<string, MatchKind>>;
}

const FEBRL: Format = {
  id: 'rec_id',
  personOf: (row) => (row.rec_id ?? '').split('-')[1] ?? '',
  columns: {
    given_name: 'first_name',
    surname: 'last_name',
    street_number: 'street_number',
    address_1: 'address',
    address_2: 'address_2',
    suburb: 'city',
    postcode: 'postcode',
    state: 'region',
    date_of_birth: 'birth_date',
    soc_sec_id: 'national_id',
  },
};

const FAKE_1000: Format = {
  id: 'unique_id',
  personOf: (row) => row.cluster ?? '',
  columns: { first_name: 'first_name', surname: 'last_name', dob: 'birth_date', city: 'city', email: 'email' },
};

const FILES: readonly { readonly name: string; readonly file: string; readonly format: Format }[] = [
  { name: 'febrl1', file: 'febrl_dataset1.csv.gz', format: FEBRL },
  { name: 'febrl2', file: 'febrl_dataset2.csv.gz', format: FEBRL },
  { name: 'febrl3', file: 'febrl_dataset3.csv.gz', format: FEBRL },
  { name: 'fake_1000', file: 'splink_fake_1000.csv.gz', format: FAKE_1000 },
];

/** The sets whose files are in `dir`; those that are missing are left out. */
export async function readTruthSets(dir: string): Promise<LinkageSet[]> {
  const sets: LinkageSet[] = [];
  for (const { name, file, format } of FILES) {
    const zipped = await readFile(join(dir, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (zipped) sets.push({ name, kinds: Object.values(format.columns), records: recordsOf(gunzipSync(zipped).toString('utf8'), format) });
  }
  return sets;
}

function recordsOf(csv: string, format: Format): LinkageRecord[] {
  // FEBRL separates by a comma and a space.
  const rows: Record<string, string>[] = parse(csv, { columns: (names: string[]) => names.map((name) => name.trim()), trim: true });
  return rows.map((row) => ({
    // A bare number such as 0 is no identifier that the rules accept.
    id: `record-${row[format.id] ?? ''}`,
    person: format.personOf(row),
    values: Object.fromEntries(Object.entries(format.columns).map(([column, kind]) => [kind, row[column] ?? ''])),
  }));
}
