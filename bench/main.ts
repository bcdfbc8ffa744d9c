/** `npm run bench`: measures, prints a table for people and one JSON object for programs, and leaves nothing behind. */
import { createTerminal, reportError } from '../src/cli/terminal.ts';
import type { ExitCode } from '../src/errors.ts';
import { runCollect } from './collect/collect.ts';
import { renderCollectReport } from './collect/report.ts';
import { runIdentity } from './identity/identity.ts';
import { renderIdentityReport } from './identity/report.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { runPipeline } from './pipeline/pipeline.ts';
import { renderReport } from './pipeline/report.ts';
import { runReaders } from './readers/readers.ts';
import { renderReadersReport } from './readers/report.ts';
import { renderSegmentsReport } from './segments/report.ts';
import { runSegments } from './segments/segments.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<0 | ExitCode> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    const options = parseOptions(argv);
    if (options === 'help') {
      process.stdout.write(`${USAGE}\n`);
      return 0;
    }
    const { report, result } = await run(options, { say: (line) => void process.stderr.write(`${line}\n`), signal: stop.signal });
    if (!options.json) process.stdout.write(`${report}\n\n`);
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 130;
    return reportError(error, argv.includes('--json')) as ExitCode;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

async function run(options: Options, tools: Parameters<typeof runPipeline>[1]) {
  const { table } = createTerminal({ json: false });
  if (options.benchmark === 'identity') {
    const result = await runIdentity(options, tools);
    return { result, report: renderIdentityReport(result, table) };
  }
  if (options.benchmark === 'collect') {
    const result = await runCollect(options, tools);
    return { result, report: renderCollectReport(result, table) };
  }
  if (options.benchmark === 'readers') {
    const result = await runReaders(options, tools);
    return { result, report: renderReadersReport(result, table) };
  }
  if (options.benchmark === 'segments') {
    const result = await runSegments(options, tools);
    return { result, report: renderSegmentsReport(result, table) };
  }
  const result = await runPipeline(options, tools);
  return { result, report: renderReport(result, table) };
}
