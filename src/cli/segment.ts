/** `sluice segment …`: looks at segments and publishes their members. */

import type { Command } from 'commander';
import colors from 'picocolors';
import type { DbtModel } from '../segments/dbt-model.ts';
import { errors } from '../segments/errors.ts';
import type { SegmentPreview } from '../segments/preview.ts';
import type { PublishOutcome } from '../segments/publish-all.ts';
import { quoteText } from '../sql/sql-text.ts';
import type { Action, RegisterCommand } from './command.ts';
import { queueWhatFollows } from './follow-up.ts';
import { registerBacktest, registerCompare, registerExplain, registerOverlap, registerWaterfall } from './segment-asking.ts';
import { describeCount, describeDestinations, describeSize } from './segment-counts.ts';
import { registerSegmentLife } from './segment-life.ts';
import { registerSchema } from './segment-schema.ts';
import { LANGUAGE_OPTION, languageIn, registerSentences } from './segment-sentences.ts';
import { type Named, named, targetOf, warn } from './segment-target.ts';
import type { Terminal } from './terminal.ts';

export const registerSegment: RegisterCommand = (program, action) => {
  const segment = program.command('segment').description('Look at segments, and publish their members.');
  registerSql(segment, action);
  registerSize(segment, action);
  registerPreview(segment, action);
  registerPublish(segment, action);
  registerList(segment, action);
  registerExplain(segment, action);
  registerCompare(segment, action);
  registerOverlap(segment, action);
  registerWaterfall(segment, action);
  registerBacktest(segment, action);
  registerSchema(segment, action);
  registerSegmentLife(segment, action);
  registerSentences(segment, action);
};

function registerSql(segment: Command, action: Action): void {
  named(segment.command('sql'))
    .description('Print the SQL that finds the members, with its parameters.')
    .option('--dbt', 'as a dbt model with its yml, for a project to take over')
    .option('--into <folder>', 'with --dbt: write the two files into this folder, such as models/audiences')
    .addHelpText(
      'after',
      `
Examples:
  sluice segment sql lapsing-regulars
  sluice segment sql --file activations/segments/lapsing-regulars.yml --json
  sluice segment sql lapsing-regulars --dbt --into models/audiences

What is printed runs as it stands in clickhouse-client: the \`set param_…\` lines are its values.`,
    )
    .action((name: string | undefined, options: Named & { dbt?: boolean; into?: string }) =>
      action(async ({ app, terminal }) => {
        const { segmentModel, segmentSql } = await import('../segments/preview.ts');
        if (options.into !== undefined && !options.dbt) throw errors.usage('--into is the folder of a dbt model: give --dbt too.');
        if (options.dbt) {
          const model = await segmentModel(await app.segments(), await targetOf(name, options));
          warn(terminal, model.warnings, options.file);
          await showModel(terminal, model, options.into);
          return;
        }
        const { sql, params, settings, warnings } = await segmentSql(await app.segments(), await targetOf(name, options));
        warn(terminal, warnings, options.file);
        terminal.result({ sql, params, settings }, () =>
          [...Object.entries(params).map(([key, value]) => `set param_${key} = ${literal(value)};`), '', sql].join('\n'),
        );
      }),
    );
}

async function showModel(terminal: Terminal, { name, sql, yml }: DbtModel, folder: string | undefined): Promise<void> {
  if (folder === undefined) {
    terminal.result({ name, sql, yml }, () => `${sql}\n# ${name}.yml\n${yml}`);
    return;
  }
  const files = { [`${name}.sql`]: sql, [`${name}.yml`]: yml };
  const [{ mkdir, writeFile }, { join }] = await Promise.all([import('node:fs/promises'), import('node:path')]);
  try {
    await mkdir(folder, { recursive: true });
    // What is there may have been changed by hand since.
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text, { flag: 'wx' });
  } catch (cause) {
    throw errors.usage(`The model ${name} cannot be written to ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  terminal.result({ name, files: Object.keys(files) }, () =>
    Object.keys(files)
      .map((file) => join(folder, file))
      .join('\n'),
  );
}

function registerSize(segment: Command, action: Action): void {
  named(segment.command('size'))
    .description('Count the present members, and those that each sync of it can send, without publishing.')
    .option('--estimate', 'answer from a sample of the entities, which is quicker')
    .addHelpText(
      'after',
      `
Examples:
  sluice segment size lapsing-regulars
  sluice segment size lapsing-regulars --estimate --json

An estimate says how large its sample was and how far it may be off. Small entities, and segments with a limit, are counted whole.`,
    )
    .action((name: string | undefined, options: Named & { estimate?: boolean }) =>
      action(async ({ app, terminal, signal }) => {
        const { segmentSize } = await import('../segments/size.ts');
        const isEstimate = options.estimate ?? false;
        const { warnings, ...size } = await segmentSize(await app.segments(), await targetOf(name, options), { isEstimate, signal });
        warn(terminal, warnings, options.file);
        terminal.result(size, () => describeSize(size, terminal, isEstimate));
      }),
    );
}

function registerPreview(segment: Command, action: Action): void {
  named(segment.command('preview'))
    .description('Show its size, how many each condition holds for, who would enter and leave, and a few members.')
    .option('--sample <count>', 'members to show', '5')
    .option('--estimate', 'count a sample of the entities, which is quicker')
    .option('--unmask', 'show personal data of the sample unmasked')
    .option(...LANGUAGE_OPTION)
    .addHelpText(
      'after',
      `
Examples:
  sluice segment preview lapsing-regulars
  sluice segment preview --file draft.yml --sample 20

Nothing is written. Conditions are counted each by itself, whatever the others say. The first line tells the moment and the zone; with
\`as_of\` in the definition, a warning names the conditions that it does not move.`,
    )
    .action((name: string | undefined, options: Named & { sample: string; unmask?: boolean; estimate?: boolean; language?: string }) =>
      action(async ({ app, terminal, signal }) => {
        const { previewSegment } = await import('../segments/preview.ts');
        const preview = await previewSegment(await app.segments(), await targetOf(name, options), {
          sampleSize: sampleSizeOf(options.sample),
          isUnmasked: options.unmask ?? false,
          isEstimate: options.estimate ?? false,
          language: languageIn(options),
          signal,
        });
        warn(terminal, preview.warnings, options.file);
        terminal.result(preview, () => describePreview(preview, terminal));
      }),
    );
}

function registerPublish(segment: Command, action: Action): void {
  segment
    .command('publish')
    .argument('[name]', 'id of an applied segment')
    .description('Find the members now and make them the current version.')
    .option('--all', 'every applied segment, each after the segments that it reads; removed ones are retired')
    .option('--allow-shrink', 'publish this once although far fewer members are left than guard.max_shrink allows')
    .option('--force', 'publish this once whatever the guard says')
    .addHelpText(
      'after',
      `
Examples:
  sluice segment publish lapsing-regulars
  sluice segment publish --all --json | jq '.segments[] | {segment_id, size}'

Readers see the last version until the new one is whole. A segment that fails keeps its last good members and exits 1; so does one that
the guard stops: empty, five times larger, or four fifths smaller than before, unless its definition says otherwise.`,
    )
    .action((name: string | undefined, options: { all?: boolean; force?: boolean; allowShrink?: boolean }) =>
      action(async ({ app, terminal, signal }) => {
        const permitted = { isForced: options.force ?? false, allowsShrink: options.allowShrink ?? false };
        if ((options.all ?? false) === (name !== undefined)) throw errors.usage('Give the id of one segment, or --all.');
        if (name !== undefined) {
          const { publishSegment } = await import('../segments/publish.ts');
          const published = await publishSegment(await app.segments(), name, { signal, ...permitted });
          await queueWhatFollows({ app, terminal }, { name: 'segment.publish', id: name });
          for (const warning of published.warnings) terminal.say(`${colors.yellow('!')} ${warning}`);
          terminal.result(published, () => describeOutcome({ status: 'published', ...published }));
          return 0;
        }
        const { publishAll } = await import('../segments/publish-all.ts');
        const outcomes = await publishAll(await app.segments(), {
          signal,
          ...permitted,
          onOutcome: (outcome) => {
            terminal.say(describeOutcome(outcome));
            if (outcome.status === 'published') for (const warning of outcome.warnings) terminal.say(`  ${colors.yellow('!')} ${warning}`);
          },
        });
        for (const { status, segment_id: id } of outcomes) {
          if (status === 'published') await queueWhatFollows({ app, terminal }, { name: 'segment.publish', id });
        }
        const failed = outcomes.filter(({ status }) => status === 'failed').length;
        terminal.result(
          { segments: outcomes.map(documentOf) },
          () => `${outcomes.length - failed} of ${outcomes.length} segments are up to date`,
        );
        return failed > 0 ? 1 : 0;
      }),
    );
}

function registerList(segment: Command, action: Action): void {
  segment
    .command('list')
    .description('Show every applied segment with its published members.')
    .addHelpText('after', '\nExample:\n  sluice segment list --json')
    .action(() =>
      action(async ({ app, terminal }) => {
        const { listSegments } = await import('../segments/list.ts');
        const segments = await listSegments(await app.segments());
        terminal.result({ segments }, () =>
          terminal.table(
            ['segment', 'title', 'members', 'version', 'published', 'problem'],
            segments.map((one) => [
              one.segment_id,
              one.title,
              one.size?.toLocaleString('en'),
              one.version,
              one.last_good_at,
              one.failed_reason,
            ]),
          ),
        );
      }),
    );
}

function sampleSizeOf(text: string): number {
  const size = Number(text);
  if (!Number.isInteger(size) || size < 0 || size > 1_000) throw errors.usage(`--sample takes a number from 0 to 1000, not ${text}`);
  return size;
}

/** As clickhouse-client takes it in `set param_x = …`: the text form of the value, quoted once. */
function literal(value: unknown): string {
  const text = Array.isArray(value)
    ? `[${value.map((item) => (typeof item === 'string' ? quoteText(item) : String(item))).join(', ')}]`
    : String(value);
  return quoteText(text);
}

function describePreview(preview: SegmentPreview, terminal: Terminal): string {
  const { title, entity, as_of: asOf, timezone, members, people, entering, leaving, conditions, modifiers, sample } = preview;
  const columns = Object.keys(sample[0] ?? {});
  const tables = [
    terminal.table(
      ['condition', 'says', 'holds for', 'left so far', 'members without it'],
      conditions.map(({ path, sentence, people: count, so_far: soFar, without }) => [
        path,
        sentence,
        count.toLocaleString('en'),
        soFar?.toLocaleString('en'),
        without?.toLocaleString('en'),
      ]),
    ),
    ...(modifiers.length === 0
      ? []
      : [
          terminal.table(
            ['on the whole', 'says', 'takes away'],
            modifiers.map(({ name, sentence, members: count }) => [name, sentence, count.toLocaleString('en')]),
          ),
        ]),
    ...describeDestinations(preview, terminal),
    ...(sample.length === 0
      ? []
      : [
          terminal.table(
            columns,
            sample.map((row) => columns.map((column) => row[column])),
          ),
        ]),
  ];
  const share = people === 0 ? '' : ` (${((100 * members) / people).toFixed(1)} % of ${people.toLocaleString('en')})`;
  return [
    `${colors.bold(title)}: ${entity}, as of ${asOf}, dates in ${timezone}`,
    `${describeCount(members, preview.sampled)} members${share}; ${entering.toLocaleString('en')} would enter, ${leaving.toLocaleString('en')} would leave`,
    ...tables,
  ].join('\n');
}

function describeOutcome(outcome: PublishOutcome): string {
  switch (outcome.status) {
    case 'published': {
      const { segment_id: id, size, entered, left, version, seconds } = outcome;
      return `${colors.green('✓')} ${id.padEnd(32)} ${size.toLocaleString('en').padStart(12)} members, +${entered} −${left}, version ${version}, ${seconds.toFixed(2)} s`;
    }
    case 'failed':
      return `${colors.red('✗')} ${outcome.segment_id.padEnd(32)} ${outcome.error.message}`;
    case 'retired':
      return `${colors.dim('-')} ${outcome.segment_id.padEnd(32)} retired: its members have left, its view is gone; what was sent of it stays at its destinations`;
  }
}

function documentOf(outcome: PublishOutcome): object {
  if (outcome.status !== 'failed') return outcome;
  const { code, message, hint } = outcome.error;
  return { status: outcome.status, segment_id: outcome.segment_id, error: { code, message, hint } };
}
