/** `sluice schedule`: what runs when, what did not run, and what failed for good. */
import { listFailedJobs, listSchedules } from '../schedule/overview.ts';
import type { RegisterCommand } from './command.ts';

export const registerSchedule: RegisterCommand = (program, action) => {
  const schedule = program.command('schedule').description('Show schedules, missed slots and failed jobs.');

  schedule
    .command('list')
    .description('List every schedule with its next five times, its last slot and how many were missed in the last seven days.')
    .addHelpText(
      'after',
      '\n`sluice serve` runs the schedules. A slot is missed when `sluice serve` did not run; of several missed slots the newest is run later.\n\nExample:\n  sluice schedule list',
    )
    .action(() =>
      action(async ({ app, terminal }) => {
        const rows = await listSchedules(await app.store(), app.config, await app.kinds());
        terminal.result(rows, () =>
          rows.length === 0
            ? 'Nothing has a schedule: give a segment or sync one (`schedule: { every: 15m }`) and run `sluice apply`; SLUICE_BUILD_SCHEDULE is for the build.'
            : terminal.table(
                ['what', 'schedule', 'next', 'last', 'missed (7 d)'],
                rows.map((row) => [
                  row.subject,
                  row.schedule,
                  row.next.length > 0 ? row.next.join('\n') : `after ${row.after.join(', ')}`,
                  row.last && `${row.last.slot_at} ${row.last.outcome}`,
                  row.missed_in_7_days,
                ]),
              ),
        );
      }),
    );

  schedule
    .command('failed')
    .description('List the jobs that failed for good, with the reason of the last attempt.')
    .addHelpText('after', '\nExample:\n  sluice schedule failed')
    .action(() =>
      action(async ({ app, terminal }) => {
        const queue = await app.queue();
        const letters = (await listFailedJobs(queue)).map(({ subject: what, ...letter }) => ({ ...letter, what }));
        terminal.result(letters, () =>
          letters.length === 0
            ? 'No failed jobs.'
            : terminal.table(
                ['id', 'what', 'failed', 'attempts', 'reason'],
                letters.map((letter) => [letter.id, letter.what, letter.failed_at, letter.attempts, letter.reason]),
              ),
        );
      }),
    );

  schedule
    .command('retry <id>')
    .description('Put a failed job back into its queue; `sluice serve` runs it.')
    .addHelpText('after', '\nExample:\n  sluice schedule retry bfcac5fc-2c7d-4d35-a738-5f11120758ea')
    .action((id: string) =>
      action(async ({ app, terminal }) => {
        const queue = await app.queue();
        await queue.retryDeadLetter(id);
        terminal.result({ id, retried: true }, () => 'It is waiting in its queue again.');
      }),
    );
};
