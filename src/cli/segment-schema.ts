/** `sluice segment schema`: the JSON Schema of a segment's document, for editors. */
import type { Command } from 'commander';
import type { SegmentDeps } from '../segments/deps.ts';
import type { Action } from './command.ts';

export function registerSchema(segment: Command, action: Action): void {
  segment
    .command('schema')
    .description('Print the JSON Schema of a segment’s document: editors complete and check activations/segments/ with it.')
    .option('--names', 'with the traits, events and segments of this project, which editors then offer')
    .addHelpText(
      'after',
      `
Examples:
  sluice segment schema --names > activations/segment.schema.json

In a file of activations/segments/, the first line then tells the editor where it is:
  # yaml-language-server: $schema=../segment.schema.json`,
    )
    .action((options: { names?: boolean }) =>
      action(async ({ app, terminal }) => {
        const { segmentJsonSchema } = await import('../segments/json-schema.ts');
        const schema = segmentJsonSchema(options.names === true ? await namesOf(await app.segments()) : undefined);
        terminal.result(schema, () => JSON.stringify(schema, null, 2));
      }),
    );
}

/** Of the catalogue, of the events that the data holds, and of the applied segments. */
async function namesOf(deps: SegmentDeps) {
  const [{ knownNames }, { readDefinitions }, { sampleEvents }] = await Promise.all([
    import('../segments/json-schema.ts'),
    import('../segments/definitions.ts'),
    import('../catalogue/sample.ts'),
  ]);
  const catalogue = await deps.catalogue();
  const streams = [...catalogue.entities.values()].flatMap((entity) => entity.streams);
  const [seen, { usable }] = await Promise.all([sampleEvents(deps.warehouse.reader, streams), readDefinitions(deps)]);
  const events = seen.map(({ name }) => name);
  return knownNames(catalogue, events, usable.keys());
}
