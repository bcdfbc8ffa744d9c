/** Measures a full dbt build: its seconds, those of each model, and the memory of the server that does the work. */
import { benchErrors } from '../errors.ts';
import { embeddedServerPid, watchMemory } from '../memory.ts';
import { rounded } from '../statistics.ts';
import type { PipelineResult } from './result.ts';
import type { Surroundings } from './surroundings.ts';

export async function measureBuild(
  { app, warehouse, dataDir }: Surroundings,
  tools: { readonly signal: AbortSignal; readonly say: (line: string) => void },
): Promise<PipelineResult['build']> {
  const dbt = await app.dbt();
  // What is measured is a build; parsing the project is a part of the first one only.
  await dbt.manifest();
  const build = () =>
    dbt.build({
      signal: tools.signal,
      onEvent(event) {
        if (event.type === 'model_finished')
          tools.say(`  ${event.name.padEnd(28)} ${event.seconds.toFixed(1).padStart(6)} s ${event.status}`);
      },
    });
  const { result, peakMb } = warehouse.isEmbedded
    ? await watchMemory(await embeddedServerPid(dataDir), build)
    : { result: await build(), peakMb: null };
  if (result.status !== 'success') {
    const failed = [...result.models, ...result.tests]
      .filter(({ status }) => status === 'error' || status === 'fail')
      .map(({ name }) => name);
    throw benchErrors.step_failed(`The build failed: ${failed.join(', ')}`);
  }
  return {
    seconds: rounded(result.seconds),
    peak_mb: peakMb === null ? null : Math.round(peakMb),
    models: result.models.map(({ name, rows, seconds }) => ({ name, rows, seconds: rounded(seconds) })),
  };
}
