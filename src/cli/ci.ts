/** `sluice ci`: checks a project for a pull request, with a warehouse of its own. */
import { Option } from 'commander';
import colors from 'picocolors';
import type { CiReport } from '../ci/ci.ts';
import { FORMATS, type Format } from '../ci/finding.ts';
import type { RegisterCommand } from './command.ts';

interface Options {
  readonly parseOnly?: boolean;
  readonly format?: Format;
}

export const registerCi: RegisterCommand = (program, action) => {
  program
    .command('ci')
    .description('Check the project as for a pull request: parse, documents, a build on samples with its tests, segments and mappings.')
    .option('--parse-only', 'stop after the documents of activations/; starts no server')
    .addOption(
      new Option('--format <format>', 'format of the findings (default: github when GITHUB_ACTIONS is set, else text)').choices(FORMATS),
    )
    .addHelpText(
      'after',
      `
Examples:
  sluice ci
  sluice ci --parse-only
  sluice ci --format gitlab > gl-code-quality-report.json
  sluice ci --json | jq '.findings[] | select(.level == "error")'

It builds in an embedded warehouse in a temporary folder, which it stops and removes: neither the project's .sluice nor CLICKHOUSE_URL,
DATABASE_URL or the project's profiles.yml are used. Sources are what samples/ of the project holds: <source>__<table>.csv, .jsonl or .parquet, and
events.jsonl with one call of the collection API a line; a source without samples is empty. Variables that destinations name need not be set.
Exit code 1 when anything failed; warnings and notes alone are 0.`,
    )
    .action((options: Options) =>
      action(async ({ app, terminal, signal }) => {
        const [{ checkProject }, { connectors }] = await Promise.all([import('../ci/ci.ts'), import('../../connectors/registry.ts')]);
        const report = await checkProject({
          projectDir: app.config.projectDir,
          environment: process.env,
          isParseOnly: options.parseOnly ?? false,
          connectors,
          kinds: await app.kinds(),
          signal,
          onStep: ({ name, is_ok, seconds, detail }) =>
            terminal.say(
              `${is_ok ? colors.green('✓') : colors.red('✗')} ${name.padEnd(10)} ${`${seconds.toFixed(1)} s`.padStart(8)}  ${detail}`,
            ),
        });
        const format = options.format ?? (process.env.GITHUB_ACTIONS === 'true' ? 'github' : 'text');
        const shown = await shownAs(report, format);
        terminal.result(report, () => shown);
        return report.is_ok ? 0 : 1;
      }),
    );
};

async function shownAs(report: CiReport, format: Format): Promise<string> {
  const { asGithub, asGitlab, asText } = await import('../ci/finding.ts');
  switch (format) {
    case 'gitlab':
      return asGitlab(report.findings, report.project_file);
    case 'github':
      return [...report.findings.map(asGithub), summaryOf(report)].join('\n');
    case 'text':
      return [...report.findings.map((finding) => `${MARKS[finding.level]} ${asText(finding)}`), summaryOf(report)].join('\n');
  }
}

const MARKS = { error: colors.red('error'), warning: colors.yellow('warning'), note: colors.cyan('note') } as const;

function summaryOf({ is_ok, findings, seconds }: CiReport): string {
  const counted = (level: string) => {
    const count = findings.filter((finding) => finding.level === level).length;
    return `${count} ${level}${count === 1 ? '' : 's'}`;
  };
  const said = `${counted('error')}, ${counted('warning')}, ${counted('note')}; ${seconds.toFixed(1)} s`;
  return is_ok ? `The project is in order: ${said}` : `The project is not in order: ${said}`;
}
