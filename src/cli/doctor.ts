/** `sluice doctor`: checks the set-up, and says what to do about each fault. */
import { sql } from 'drizzle-orm';
import colors from 'picocolors';
import type { App } from '../app.ts';
import { SECRET_VARIABLES } from '../config.ts';
import { CdpError } from '../errors.ts';
import { subjectOf } from '../schedule/jobs.ts';
import { type Check, type Examination, examine, examineDisk, examineEnvironmentFile, examinePermissions } from '../status/doctor.ts';
import { examineRawData } from '../status/raw-data.ts';
import type { Status } from '../status/schema.ts';
import type { RegisterCommand } from './command.ts';

const MARKS: Readonly<Record<Check['outcome'], string>> = {
  ok: colors.green('✓'),
  warning: colors.yellow('!'),
  failed: colors.red('✗'),
  skipped: colors.dim('-'),
};

export const registerDoctor: RegisterCommand = (program, action) => {
  program
    .command('doctor')
    .description('Check everything that Sluice needs, and say what to do about each fault.')
    .option('--grant', 'as CLICKHOUSE_USER, grant the missing rights to the reader and the publisher')
    .addHelpText(
      'after',
      `
Examples:
  sluice doctor --json | jq '.[] | select(.outcome == "failed")'
  sluice doctor --json | jq -r '.[] | .sql // [] | .[]'     the grants that are missing

Exit code 3 when anything failed; warnings alone are 0.`,
    )
    .action((options: { grant?: boolean }) =>
      action(async ({ app, terminal }) => {
        const checks = await examine(examinations(app, options.grant ?? false), (check) => {
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

function examinations(app: App, isGranting: boolean): readonly Examination[] {
  const { config } = app;
  let status: Promise<Status> | undefined;
  const statusOf = () => (status ??= readStatusOf(app));
  return [
    { name: 'node', examine: () => Promise.resolve(`Node ${process.versions.node} on ${process.platform} ${process.arch}`) },
    {
      name: 'project',
      async examine() {
        if (config.project !== undefined) return config.project;
        const detail = 'no dbt_project.yml in this folder, nor in one above it';
        return { outcome: 'skipped', detail, hint: 'Go to a project, or set SLUICE_PROJECT_DIR. `sluice init DIR` writes a new one.' };
      },
    },
    ...(config.environmentFile === undefined ? [] : [examineEnvironmentFile(config.environmentFile, SECRET_VARIABLES)]),
    examineDisk(config.dataDir),
    examinePermissions(config.dataDir),
    {
      name: 'warehouse',
      async examine() {
        const { version, isEmbedded } = await app.warehouse();
        return `ClickHouse ${version}, ${isEmbedded ? `embedded in ${config.dataDir}` : 'at CLICKHOUSE_URL'}; databases ${config.SLUICE_DATABASE_PREFIX}*`;
      },
    },
    ...(config.SLUICE_RAW_DATABASE === undefined ? [] : [examineRawData(app.warehouse, config.CLICKHOUSE_USER)]),
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
      name: 'python',
      needs: ['project'],
      async examine() {
        const { pythonOf, setUpPython } = await import('../dbt/python.ts');
        await setUpPython(config);
        return `dbt runs on ${pythonOf(config)}`;
      },
    },
    {
      name: 'models',
      needs: ['python', 'warehouse', 'control plane'],
      async examine() {
        const { models } = await (await app.dbt()).manifest();
        return `dbt reads ${models.length} models, snapshots and seeds in ${config.projectDir}`;
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
      name: 'grants',
      needs: ['catalogue'],
      async examine() {
        const { examineGrants } = await import('../status/grants.ts');
        return examineGrants(await app.warehouse(), await (await app.syncs()).catalogue(), isGranting);
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
      name: 'build',
      needs: ['warehouse', 'control plane'],
      async examine() {
        const { last_build: build } = await statusOf();
        if (build === null) return { outcome: 'warning', detail: 'never built', hint: 'Run `sluice build`.' };
        const detail = [`last build ${build.status}`, ...build.failed, ...(build.error === '' ? [] : [build.error])].join(': ');
        return build.status === 'success'
          ? detail
          : { outcome: 'warning', detail, hint: 'Run `sluice build`, which shows each failure in full.' };
      },
    },
    {
      name: 'segments',
      needs: ['warehouse', 'control plane'],
      async examine() {
        const { segments } = await statusOf();
        const troubled = segments.filter(({ health }) => health === 'failing').map(({ id, failed_reason: why }) => `${id}: ${why}`);
        return found(segments.length, troubled, 'Mend it, then `sluice segment publish NAME`. Until then the last good members stand.');
      },
    },
    {
      name: 'syncs',
      needs: ['catalogue'],
      async examine() {
        const [{ syncs }, reasons] = await Promise.all([statusOf(), unableToStart(app)]);
        const isTroubled = (health: string) => health === 'failing' || health === 'warning' || health === 'crashed';
        const troubled = syncs.flatMap(({ sync_id: id, health, reason }) => {
          const why = reasons.get(id);
          if (why !== undefined) return [`${id} cannot run: ${why}`];
          return isTroubled(health) ? [`${id} is ${health}: ${reason}`] : [];
        });
        return found(syncs.length, troubled, '`sluice sync status NAME` shows its last runs.');
      },
    },
    {
      name: 'schedules',
      needs: ['control plane', 'warehouse'],
      async examine() {
        const { missed_slots: missed } = await statusOf();
        const troubled = missed.map(({ subject, missed: slots }) => `${subject} missed ${slots} in seven days`);
        const detail = troubled.length === 0 ? 'no slot was missed in seven days' : troubled.join('; ');
        return troubled.length === 0 ? detail : { outcome: 'warning', detail, hint: '`sluice serve` must run for schedules to be served.' };
      },
    },
    {
      name: 'jobs',
      needs: ['control plane'],
      async examine() {
        const dead = await (await app.queue()).deadLetters();
        const detail = [
          `${dead.length} jobs failed for good`,
          ...dead.slice(0, 5).map(({ job, reason }) => `${subjectOf(job)}: ${reason}`),
        ];
        const hint = '`sluice schedule failed` shows them all, `sluice schedule retry` runs one again.';
        return dead.length === 0 ? detail.join() : { outcome: 'warning', detail: detail.join('; '), hint };
      },
    },
  ];
}

async function readStatusOf(app: App): Promise<Status> {
  const { readStatus } = await import('../status/status.ts');
  return readStatus(await app.status());
}

/** Why each sync could not start now: a source that was dropped, a secret that is gone, a mapping that does not fit any more. */
async function unableToStart(app: App): Promise<ReadonlyMap<string, string>> {
  const { prepareSync } = await import('../syncs/prepare.ts');
  const deps = await app.syncs();
  const reasons = new Map<string, string>();
  for (const { id } of await deps.resources.list('sync')) {
    try {
      await prepareSync(deps, id);
    } catch (error) {
      if (!(error instanceof CdpError)) throw error;
      reasons.set(id, error.message);
    }
  }
  return reasons;
}

function found(all: number, troubled: readonly string[], hint: string): string | Omit<Check, 'name'> {
  const detail = [`${all - troubled.length} of ${all} are well`, ...troubled].join('; ');
  return troubled.length === 0 ? detail : { outcome: 'warning', detail, hint };
}
