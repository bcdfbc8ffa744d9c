/** `sluice segment schema`: the JSON Schema of a segment's document, for editors. */
import type { Command } from 'commander';
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
        const [{ segmentJsonSchema }, { namesInUse }] = await Promise.all([
          import('../segments/json-schema.ts'),
          import('../segments/names-in-use.ts'),
        ]);
        const schema = segmentJsonSchema(options.names === true ? await namesInUse(await app.segments()) : undefined);
        terminal.result(schema, () => JSON.stringify(schema, null, 2));
      }),
    );
}
