/** After work by hand, as after scheduled work, everything that is scheduled `after` it is queued for `sluice serve` to run. */
import colors from 'picocolors';
import type { Job } from '../schedule/jobs.ts';
import type { CommandContext } from './command.ts';

export async function queueWhatFollows(
  { app, terminal }: Pick<CommandContext, 'app' | 'terminal'>,
  done: Job,
  isConcerned?: (job: Job) => Promise<boolean>,
): Promise<void> {
  const { enqueueDependents } = await import('../schedule/run.ts');
  const deps = { store: await app.store(), queue: await app.queue(), kinds: await app.kinds() };
  for (const job of await enqueueDependents(deps, done, isConcerned)) {
    terminal.say(`${colors.dim('→')} queued: ${job.name}${'id' in job ? ` ${job.id}` : ''}`);
  }
}
