/** `sluice identity report`: the state of the graph, and what a person should look at. */
import type { Command } from 'commander';
import colors from 'picocolors';
import type { Report, SizeCount } from '../identity/schema.ts';
import type { Action } from './command.ts';
import type { Terminal } from './terminal.ts';

export function registerReport(identity: Command, action: Action): void {
  identity
    .command('report')
    .description('Show the state of the identity graph: identifiers, sizes, merges and splits, violations, and what looks like a mistake.')
    .option('--since <time>', 'count changes since then, such as 2026-03-01 (default: those of the last build that changed the graph)')
    .addHelpText(
      'after',
      `
Examples:
  sluice identity report
  sluice identity report --since 2026-03-01 --json | jq '.suspected_values[].suggestion'

Suspected are values seen with more than twice as many stronger ones as 99 in 100 of their type, or with ten times as many weaker ones (one id
for everybody); values that look like unfilled form fields; and profiles that hold more than is usual or go by two whole names. They are suggestions: nothing is blocked by them. Changes without evidence must be 0; the exit code is 1 when they are not.`,
    )
    .action((options: { since?: string }) =>
      action(async ({ app, terminal }) => {
        const { reportIdentity } = await import('../identity/report.ts');
        const report = await reportIdentity(await app.identity(), { since: options.since });
        terminal.result(report, () => describeReport(report, terminal));
        return report.unexplained_changes ? 1 : 0;
      }),
    );
}

export function describeReport(report: Report, { table }: Pick<Terminal, 'table'>): string {
  const rows = (list: readonly object[], columns: readonly string[]) =>
    list.map((row) => columns.map((column) => (row as Record<string, unknown>)[column]));
  const titled = (title: string, none: string, columns: readonly string[], list: readonly (readonly unknown[])[]) =>
    list.length === 0 ? [none] : [title, table(columns, list)];
  return [
    describeSolve(report),
    ...titled(
      'Identifiers',
      'No identifier has been seen yet.',
      ['entity', 'type', 'total', 'usable', 'blocked'],
      report.identifiers.map(({ entity, identifier_type, total, usable, blocked }) => [
        entity,
        identifier_type,
        total,
        usable,
        listed(blocked),
      ]),
    ),
    ...titled(
      'Profiles by how many identifiers they have',
      'There is no profile yet.',
      ['entity', 'identifiers each', 'profiles', 'identifiers'],
      report.sizes.map((size) => [size.entity, span(size), size.profiles, size.identifiers]),
    ),
    ...titled(
      `What happened since ${report.since?.slice(0, 16).replace('T', ' ')}`,
      'Nothing has happened.',
      ['entity', 'what', 'times'],
      rows(report.changes, ['entity', 'kind', 'changes']),
    ),
    ...titled(
      'The newest merges and splits',
      'No profiles were merged or split.',
      ['what', 'from', 'into', 'by', ''],
      rows(report.newest_changes, ['kind', 'from_profile_id', 'into_profile_id', 'rule', 'detail']),
    ),
    ...titled(
      `What the rules keep apart${report.quarantined > 0 ? ` (${report.quarantined} in quarantine)` : ''}`,
      'The rules keep nothing apart.',
      ['entity', 'guard', 'type', 'against', 'how many', 'newest'],
      rows(report.violations, ['entity', 'kind', 'identifier_type', 'other_type', 'violations', 'newest_at']),
    ),
    ...titled(
      'Values that look shared or made up',
      'No value looks shared or made up.',
      ['value', 'seen with', 'usual', 'if it is'],
      report.suspected_values.map((one) => [one.identifier, `${one.neighbours} ${one.other_type}`, one.usual, one.suggestion]),
    ),
    ...titled(
      'Values that look like placeholders',
      'No value looks like a placeholder.',
      ['value', 'seen', 'if it is'],
      rows(report.suspected_placeholders, ['identifier', 'seen', 'suggestion']),
    ),
    ...titled(
      'Profiles that look like several: `sluice identity explain <profile>` shows each',
      'No profile looks like several.',
      ['profile', 'because'],
      rows(report.suspected_profiles, ['profile_id', 'because']),
    ),
    describeChurn(report),
  ].join('\n');
}

function describeSolve({ last_solve: solve }: Report): string {
  if (solve === null) return 'The graph was never built: run `sluice build`.';
  const { changed_at, mode, rounds, touched_identifiers, changed_identifiers, seconds } = solve;
  return `Last changed ${changed_at.slice(0, 16).replace('T', ' ')} (${mode}, ${seconds.toFixed(1)} s, ${rounds} rounds): ${touched_identifiers} identifiers touched, ${changed_identifiers} of another profile now.`;
}

function describeChurn({ unexplained_changes: changes, untraceable_because: why }: Report): string {
  if (changes === null) return `Changes without evidence: unknown. ${why}`;
  return changes === 0
    ? `${colors.green('✓')} No change without evidence.`
    : `${colors.red('✗')} ${changes} changes without evidence: select * from sluice_identity.identity_unexplained_changes`;
}

const span = ({ at_least, largest }: SizeCount) => (at_least === largest ? String(at_least) : `${at_least} to ${largest}`);

const listed = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`)
    .join(', ');
