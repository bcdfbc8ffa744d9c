/** `npm run demo`: tells the story, prints what came of it, and stops everything that it has started. */
import { once } from 'node:events';
import colors from 'picocolors';
import { reportError } from '../src/cli/terminal.ts';
import type { ExitCode } from '../src/errors.ts';
import { whatToOpen, whereItIs } from './directions.ts';
import { type DemoOptions, parseOptions, USAGE } from './options.ts';
import { createStages } from './stages.ts';
import { tellStory } from './story.ts';
import { renderSummary } from './summary.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<0 | ExitCode> {
  const isJson = argv.includes('--json');
  const stop = new AbortController();
  const onSignal = () => {
    // the second time a person means now; what is left running notices that we are gone
    if (stop.signal.aborted) process.exit(130);
    process.stderr.write('\nStopping what the demo has started …\n');
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  // nobody reads any more (`npm run demo | head`): without these, the process would end there and then and stop nothing
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stop.abort());
  try {
    const options = parseOptions(argv);
    if (options === 'help') process.stdout.write(`${USAGE}\n`);
    else await play(options, stop.signal);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 130;
    return reportError(error, isJson) as ExitCode;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

async function play(options: DemoOptions, signal: AbortSignal): Promise<void> {
  const closing = new AsyncDisposableStack();
  try {
    const story = await tellStory(options, createStages(), closing, signal);
    if (options.json) process.stdout.write(`${JSON.stringify(story.report)}\n`);
    else process.stdout.write(renderSummary(story, colors));
    process.stderr.write((options.serve ? whatToOpen : whereItIs)(story.surroundings, process.cwd()));
    if (!options.serve) return;
    // from here on it is `sluice serve`: what is scheduled after a publication runs by itself
    await story.surroundings.app.schedules();
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await closing.disposeAsync();
  }
}
