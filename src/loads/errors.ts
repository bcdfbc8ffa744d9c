import { defineErrors } from '../errors.ts';

export const errors = defineErrors('loads', {
  unreadable: {
    summary: 'A file, folder or address that should be loaded cannot be read.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Give a file, a folder of files or an http(s) address that this machine can read.',
  },
  nothing: {
    summary: 'There is no file to load, or a file without a single row.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Files end in .csv, .csv.gz, .tsv, .jsonl, .jsonl.gz, .ndjson or .parquet. Nothing was changed.',
  },
  format: {
    summary: 'A file is not what its name says, or its first line cannot be used as names of columns.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'The message says what was found. Nothing was changed.',
  },
  encoding: {
    summary: 'A file is not UTF-8.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Say what it is with --encoding, for instance windows-1252, iso-8859-1 or utf-16le.',
  },
  name: {
    summary: 'The name of a source or table cannot be used.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Lower-case letters, digits and single underscores, starting with a letter: --source pos --table transactions.',
  },
  delimiter: {
    summary: 'The separator given for a CSV file is not one character.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'One character, such as --delimiter ";"; for a tab write --delimiter tab.',
  },
  nothing_fits: {
    summary: 'Not one row of a file could be loaded: it is probably meant for another table, or separated by something else.',
    fault: 'usage',
    status: 422,
    exitCode: 1,
    hint: 'sluice_raw.rejected_rows has each row with its reason. The table is as it was.',
  },
  rejected: {
    summary: 'Rows of a file were refused, and --strict was given: nothing was loaded.',
    fault: 'failed',
    status: 422,
    exitCode: 1,
    hint: 'Mend the file, or load without --strict: refused rows are then kept in sluice_raw.rejected_rows with their reasons.',
  },
  address: {
    summary: 'An address that should be loaded is private, redirects elsewhere, or answers with something else than a file.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'For a server of your own network give --allow-private-network.',
  },
});
