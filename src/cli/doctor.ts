/** `sluice doctor`: what is set up, what is wrong, what to do. */
import { sql } from 'drizzle-orm';
import colors from 'picocolors';
import type { App } from '../app.ts';
import { type Check, type Examination, examine, examineDisk, examinePermissions } from '../status/doctor.ts';
import type { RegisterCommand } from './program.ts';

const MARKS: Readonly<Record<Check['outcome'], string>> = {
  ok: colors.green('✓'),
  warning: colors.yellow('!'),
  failed: colors.red('✗'),
  skipped: colors.dim('-'),
};

export const registerDoctor: RegisterCommand = (program, action) => {
  program
    .command('doctor')
    .description('Try everything that has to be in place, and say what to do about what is not.')
    .addHelpText(
      'after',
      `\nExample:\n  sluice doctor --json | jq '.[] | select(.outcome == "failed")'\n\nExit code 3 when anything failed; warnings alone are 0.`,
    )
    .action(() =>
      action(async ({ app, terminal }) => {
        const checks = await examine(examinations(app), (check) => {
          terminal.say(
            `${MARKS[check.outcome]} ${check.name.padEnd(14)} ${check.detail}${check.hint === '' ? '' : `\n${' '.repeat(17)}${colors.yellow(check.hint)}`}`,
          );
        });
        const failed = checks.filter(({ outcome }) => outcome === 'failed').length;
        terminal.result(checks, () => (failed === 0 ? 'Everything that is needed is in place.' : `${failed} of ${checks.length} failed.`));
        return failed === 0 ? 0 : 3;
      }),
    );
};

function examinations(app: App): readonly Examination[] {
  const { config } = app;
  return [
    { name: 'node', examine: () => Promise.resolve(`Node ${process.versions.node} on ${process.platform} ${process.arch}`) },
    examineDisk(config.dataDir),
    examinePermissions(config.dataDir),
    {
      name: 'warehouse',
      async examine() {
        const { version, isEmbedded } = await app.warehouse();
        return `ClickHouse ${version}, ${isEmbedded ? `embedded in ${config.dataDir}` : 'at CLICKHOUSE_URL'}; databases ${config.SLUICE_DATABASE_PREFIX}*`;
      },
    },
    {
      name: 'control plane',
      async examine() {
        await (await app.store()).attempt((db) => db.execute(sql`select 1`));
        return config.DATABASE_URL === undefined ? `PGlite, embedded in ${config.dataDir}` : 'PostgreSQL at DATABASE_URL';
      },
    },
    {
      name: 'secrets',
      needs: ['control plane'],
      async examine() {
        const names = await (await app.store()).secrets.list();
        return `${names.length} stored, encrypted with ${config.SLUICE_SECRET_KEY === undefined ? 'the generated key of the data directory' : 'SLUICE_SECRET_KEY'}`;
      },
    },
    {
      name: 'models',
      needs: ['warehouse', 'control plane'],
      async examine() {
        const { models } = await (await app.dbt()).manifest();
        return `dbt reads ${models.length} models in ${config.projectDir}`;
      },
    },
    {
      name: 'catalogue',
      needs: ['models'],
      async examine() {
        const { entities } = await (await app.syncs()).catalogue();
        return [...entities.values()].map((entity) => `${entity.name}: ${entity.traits.size} traits`).join('; ');
      },
    },
    {
      name: 'activations',
      needs: ['catalogue'],
      async examine() {
        const { planActivations } = await import('../activations/apply.ts');
        const { changes, unchanged, warnings } = await planActivations(await app.activations());
        const detail = `${unchanged} documents running as declared, ${changes.length} to apply, ${warnings.length} warnings`;
        return changes.length === 0 && warnings.length === 0 ? detail : { outcome: 'warning', detail, hint: '`sluice plan` shows them.' };
      },
    },
    {
      name: 'jobs',
      needs: ['control plane'],
      async examine() {
        const dead = await (await app.queue()).deadLetters();
        const detail = `${dead.length} jobs failed for good`;
        return dead.length === 0 ? detail : { outcome: 'warning', detail, hint: '`sluice schedule` shows them with their reasons.' };
      },
    },
  ];
}
