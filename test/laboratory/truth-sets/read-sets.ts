/**
 * Reads linkage sets from a folder: anybody's own, and the public FEBRL 1–3 and Splink's fake_1000, as CSV, gzipped or not. Nothing of them is
 * kept here. A set of one's own has a column `person` (who it is: never shown to the models), one `record` (its id) where wanted, and
 * others named after what they hold: first_name, email, … (docs/matching.md).
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { type LinkageRecord, type LinkageSet, MATCH_KINDS, type MatchKind } from './linkage-set.ts';

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

/** Lies beside the public sets, and holds pairs: who is who stands in the set itself. */
const PAIRS = 'splink_fake_1000_labels.csv.gz';

/** A file of the folder is no truth set. */
export class NoTruthSet extends Error {
  override readonly name = 'NoTruthSet';
}

/**
 * The sets whose files are in `dir`, in the order of their names; other files are left alone.
 * @throws NoTruthSet for a CSV without a column `person` or with one of an unknown kind, and where there is no folder.
 */
export async function readTruthSets(dir: string): Promise<LinkageSet[]> {
  const names = await readdir(dir).catch((cause: unknown) => {
    throw new NoTruthSet(`There is no readable folder ${dir}`, { cause });
  });
  const sets: LinkageSet[] = [];
  for (const file of names.filter((name) => /\.csv(\.gz)?$/.test(name) && name !== PAIRS).sort()) {
    const bytes = await readFile(join(dir, file));
    const csv = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    const known = FILES.find((one) => one.file === file || one.file === `${file}.gz`);
    const name = known?.name ?? file.replace(/\.csv(\.gz)?$/, '');
    const rows = rowsOf(csv);
    const format = known?.format ?? ownFormat(file, Object.keys(rows[0] ?? {}));
    sets.push({ name, kinds: Object.values(format.columns), records: rows.map((row, index) => recordOf(row, index, format)) });
  }
  return sets;
}

const isKind = (name: string): name is MatchKind => MATCH_KINDS.some((kind) => kind === name);

function ownFormat(file: string, columns: readonly string[]): Format {
  if (!columns.includes('person')) throw new NoTruthSet(`${file} has no column \`person\`, which says who each record is`);
  const values = columns.filter((name) => name !== 'person' && name !== 'record');
  const unknown = values.filter((name) => !isKind(name));
  if (unknown.length > 0 || values.length === 0)
    throw new NoTruthSet(`${file} has the columns ${unknown.join(', ') || '(none)'}; known are person, record, ${MATCH_KINDS.join(', ')}`);
  return {
    id: 'record',
    personOf: (row) => row.person ?? '',
    columns: Object.fromEntries(values.filter(isKind).map((kind) => [kind, kind])),
  };
}

/** FEBRL separates by a comma and a space. */
const rowsOf = (csv: string): Record<string, string>[] =>
  parse(csv, { columns: (names: string[]) => names.map((name) => name.trim()), trim: true, bom: true });

function recordOf(row: Readonly<Record<string, string>>, index: number, format: Format): LinkageRecord {
  return {
    // A bare number such as 0 is no identifier that the rules accept.
    id: `record-${row[format.id] ?? index + 1}`,
    person: format.personOf(row),
    values: Object.fromEntries(Object.entries(format.columns).map(([column, kind]) => [kind, row[column] ?? ''])),
  };
}
