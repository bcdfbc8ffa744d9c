/** `sluice after-build`: for orchestrators that report a build themselves. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import colors from 'picocolors';
import * as z from 'zod';
import { errors } from '../dbt/errors.ts';
import type { ReportedBuild } from '../reported-builds.ts';
import type { RegisterCommand } from './command.ts';

export const registerAfterBuild: RegisterCommand = (program, action) => {
  program
    .command('after-build')
    .description('Report that dbt has built. Everything that is scheduled after a build is queued.')
    .option('-s, --select <model...>', 'only these models were built: names or unique ids (default: everything)')
    .option('--run-results <file>', 'read the built models and the id of the run from this file of dbt: target/run_results.json')
    .option('--invocation-id <id>', "dbt's own id of the run; reporting it again queues nothing")
    .addHelpText(
      'after',
      `
Examples:
  sluice after-build
  sluice after-build --select fct_orders dim_customers
  sluice after-build --run-results target/run_results.json

Only segments and syncs that read a built table are queued, for \`sluice serve\` to run, and nothing after a build that failed. They are queued once for each invocation of
dbt, however often it is reported. \`sluice build\` does it by itself; so does plain dbt where its user may write to <prefix>_audit (docs/dbt.md).`,
    )
    .action((options: { select?: string[]; runResults?: string; invocationId?: string }) =>
      action(async ({ app, terminal }) => {
        const build = await reportOf(options);
        const { followReportedBuild } = await import('../reported-builds.ts');
        const followed = await followReportedBuild(await app.reportedBuilds(), build);
        terminal.result(followed, () => {
          if (!followed.is_new) return 'This build was reported before: nothing is queued again.';
          if (!build.isSuccess) return 'The build failed: nothing is queued.';
          return followed.queued.length === 0
            ? 'Nothing is scheduled after what was built.'
            : followed.queued.map((subject) => `${colors.dim('→')} queued: ${subject}`).join('\n');
        });
      }),
    );
};

async function reportOf(options: { select?: string[]; runResults?: string; invocationId?: string }): Promise<ReportedBuild> {
  const { select, runResults, invocationId } = options;
  if (runResults === undefined) {
    return { invocationId: invocationId ?? randomUUID(), isSuccess: true, ...(select && { models: select }) };
  }
  if (select || invocationId !== undefined)
    throw errors.invalid_option('--run-results says by itself what was built: leave --select and --invocation-id out');
  const { metadata, results } = await readRunResults(runResults);
  return {
    invocationId: metadata.invocation_id,
    isSuccess: results.every(({ status }) => !['error', 'fail', 'runtime error'].includes(status)),
    models: results.filter(({ status }) => status === 'success').map(({ unique_id }) => unique_id),
  };
}

const RunResults = z.object({
  metadata: z.object({ invocation_id: z.uuid() }),
  results: z.array(z.object({ unique_id: z.string(), status: z.string() })),
});

async function readRunResults(path: string): Promise<z.output<typeof RunResults>> {
  try {
    return RunResults.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw errors.invalid_option(`${path} is no run_results.json of dbt`, { cause });
  }
}
