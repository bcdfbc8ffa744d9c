/** `sluice segment versions|restore|archive|dependants|draft|cost`: the life of segments beside their publication. */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import colors from 'picocolors';
import type { SegmentLifeDeps } from '../activations/segment-life.ts';
import type { App } from '../app.ts';
import { errors } from '../segments/errors.ts';
import type { SegmentDependants, SegmentRevision } from '../segments/life-schema.ts';
import type { AppliedSegment } from '../segments/schema.ts';
import type { Action } from './command.ts';
import { LANGUAGE_OPTION, languageIn } from './segment-sentences.ts';
import type { Terminal } from './terminal.ts';

const FOLDER = 'Where documents are kept in activations/, the next `sluice apply` takes back what the folder does not say.';

export function registerSegmentLife(segment: Command, action: Action): void {
  registerVersions(segment, action);
  registerRestore(segment, action);
  registerArchive(segment, action);
  registerDependants(segment, action);
  registerDrafts(segment, action);
  registerCost(segment, action);
}

async function lifeOf(app: App): Promise<SegmentLifeDeps> {
  const [segments, { resources }, kinds] = await Promise.all([app.segments(), app.store(), app.kinds()]);
  return { segments, resources, kinds };
}

const life = () => import('../activations/segment-life.ts');
const by = () => userInfo().username;

function registerVersions(segment: Command, action: Action): void {
  segment
    .command('versions')
    .argument('<name>', 'id of a segment, applied or archived')
    .description('Show the versions of its definition: who applied them, when, why, and what each changed.')
    .option(...LANGUAGE_OPTION)
    .addHelpText('after', '\nExample:\n  sluice segment versions lapsing-regulars --json')
    .action((name: string, options: { language?: string }) =>
      action(async ({ app, terminal }) => {
        const revisions = await (await life()).segmentRevisions(await lifeOf(app), name, languageIn(options));
        terminal.result({ segment_id: name, revisions }, () => revisions.map(describeRevision).join('\n'));
      }),
    );
}

function registerRestore(segment: Command, action: Action): void {
  segment
    .command('restore')
    .argument('<name>', 'id of a segment, applied or archived')
    .description('Apply an earlier definition again; bring an archived segment back.')
    .option('--version <number>', 'version of `sluice segment versions`; else the one before the current one')
    .option('--reason <text>', 'why, kept with the new version')
    .addHelpText(
      'after',
      `\nExamples:\n  sluice segment restore lapsing-regulars --version 3\n  sluice segment restore lapsing-regulars\n\nNothing is published by it. ${FOLDER}`,
    )
    .action((name: string, options: { version?: string; reason?: string }) =>
      action(async ({ app, terminal }) => {
        const revision = options.version === undefined ? undefined : wholeNumber('--version', options.version);
        const applied = await (await life()).restoreSegment(await lifeOf(app), name, { by: by(), reason: options.reason, revision });
        reportApplied(terminal, applied);
      }),
    );
}

function registerArchive(segment: Command, action: Action): void {
  segment
    .command('archive')
    .argument('[name]', 'id of an applied segment that nothing reads')
    .description('Take a segment out of use and keep all its versions; `restore` brings it back.')
    .option('--reason <text>', 'why, kept with the versions')
    .option('--list', 'show the segments that are archived')
    .addHelpText(
      'after',
      `\nExamples:\n  sluice segment archive lapsing-regulars --reason "replaced by going-quiet"\n  sluice segment archive --list\n\nIts members stay published until \`sluice segment publish --all\` retires it. ${FOLDER}`,
    )
    .action((name: string | undefined, options: { reason?: string; list?: boolean }) =>
      action(async ({ app, terminal }) => {
        if ((name === undefined) !== (options.list ?? false)) throw errors.usage('Give the id of a segment, or --list.');
        const deps = await lifeOf(app);
        if (name === undefined) {
          const segments = await (await life()).archivedSegments(deps);
          const rows = segments.map((one) => [one.segment_id, one.title, one.archived_at, one.archived_by]);
          return terminal.result({ segments }, () => terminal.table(['segment', 'title', 'archived', 'by'], rows));
        }
        const { removeSegment } = await import('../activations/one-segment.ts');
        await removeSegment(deps, name, { by: by(), reason: options.reason });
        terminal.result(
          { segment_id: name, archived: true },
          () => `${name} is archived. \`sluice segment restore ${name}\` brings it back`,
        );
      }),
    );
}

function registerDependants(segment: Command, action: Action): void {
  segment
    .command('dependants')
    .argument('<name>', 'id of a segment')
    .description('Show what reads its members: segments, syncs, other documents, and dbt models.')
    .addHelpText('after', '\nExample:\n  sluice segment dependants suppressed')
    .action((name: string) =>
      action(async ({ app, terminal }) => {
        const { dependantsOf } = await import('../activations/segment-dependants.ts');
        const dependants = await dependantsOf(await lifeOf(app), name);
        terminal.result({ segment_id: name, ...dependants }, () => describeDependants(name, dependants, terminal));
      }),
    );
}

function registerDrafts(segment: Command, action: Action): void {
  const draft = segment.command('draft').description('Definitions that are being written: kept, not applied.');
  draft
    .command('list')
    .description('Show the drafts that are kept.')
    .action(() =>
      action(async ({ app, terminal }) => {
        const drafts = await (await life()).listDrafts(await lifeOf(app));
        const rows = drafts.map((one) => [one.segment_id, one.title, one.is_new ? 'new' : 'an edit', one.saved_at, one.saved_by]);
        terminal.result({ drafts }, () => terminal.table(['segment', 'title', 'is', 'saved', 'by'], rows));
      }),
    );
  draft
    .command('save')
    .argument('<name>', 'id that the segment has or will have')
    .requiredOption('--file <path>', 'the definition, finished or not, as YAML or JSON')
    .description('Keep a definition without applying it.')
    .action((name: string, options: { file: string }) =>
      action(async ({ app, terminal }) => {
        const saved = await (await life()).saveDraft(await lifeOf(app), name, await documentOf(options.file), { by: by() });
        terminal.result(saved, () => `The draft ${name} is kept. \`sluice segment draft apply ${name}\` applies it`);
      }),
    );
  draft
    .command('show')
    .argument('<name>', 'id of the draft')
    .description('Print a draft.')
    .action((name: string) =>
      action(async ({ app, terminal }) => {
        const [{ readDraft }, { stringify }] = await Promise.all([life(), import('yaml')]);
        const found = await readDraft(await lifeOf(app), name);
        terminal.result(found, () => stringify(found.document).trimEnd());
      }),
    );
  draft
    .command('apply')
    .argument('<name>', 'id of the draft')
    .option('--reason <text>', 'why, kept with the new version')
    .description('Check a draft and apply it as the segment of its id.')
    .addHelpText('after', `\n${FOLDER}`)
    .action((name: string, options: { reason?: string }) =>
      action(async ({ app, terminal }) => {
        reportApplied(terminal, await (await life()).applyDraft(await lifeOf(app), name, { by: by(), reason: options.reason }));
      }),
    );
  draft
    .command('drop')
    .argument('<name>', 'id of the draft')
    .description('Throw a draft away.')
    .action((name: string) =>
      action(async ({ app, terminal }) => {
        await (await life()).dropDraft(await lifeOf(app), name, { by: by() });
        terminal.result({ segment_id: name, dropped: true }, () => `The draft ${name} is gone`);
      }),
    );
}

function registerCost(segment: Command, action: Action): void {
  segment
    .command('cost')
    .argument('[name]', 'id of one segment; else all of them')
    .description('Show what segments have cost the warehouse, from its query log: time, processor, rows, memory.')
    .option('--days <number>', 'how far back', '7')
    .addHelpText('after', "\nExample:\n  sluice segment cost --days 30 --json | jq '.segments[] | {segment_id, cpu_seconds}'")
    .action((name: string | undefined, options: { days: string }) =>
      action(async ({ app, terminal }) => {
        const { segmentCosts } = await import('../segments/usage.ts');
        const days = wholeNumber('--days', options.days);
        if (days > 400) throw errors.usage(`--days takes a number from 1 to 400, not ${days}`);
        const costs = await segmentCosts({ warehouse: await app.warehouse() }, { days, segment: name });
        const columns = ['segment', 'queries', 'failed', 'seconds', 'processor s', 'rows read', 'peak MB', 's per publication'];
        const rows = costs.segments.map((one) => [
          one.segment_id,
          one.queries,
          one.failed,
          one.seconds,
          one.cpu_seconds,
          one.read_rows.toLocaleString('en'),
          Math.round(one.peak_memory_bytes / 1e6),
          one.seconds_per_publication,
        ]);
        terminal.result(costs, () => terminal.table(columns, rows));
      }),
    );
}

async function documentOf(file: string): Promise<Readonly<Record<string, unknown>>> {
  const [{ readWritten }, { formatProblem }] = await Promise.all([import('../documents/written.ts'), import('../documents/problem.ts')]);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw errors.usage(`The file ${file} cannot be read`, { cause });
  });
  const { value, problems } = readWritten(text);
  const [problem] = problems;
  if (problem) throw errors.usage(`The file ${file} cannot be read: ${formatProblem(problem)}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw errors.usage(`The file ${file} holds no document`);
  return value as Readonly<Record<string, unknown>>;
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw errors.usage(`${option} takes a whole number from 1 on, not ${text}`);
  return number;
}

function reportApplied(terminal: Terminal, applied: AppliedSegment): void {
  for (const warning of applied.warnings) terminal.say(`${colors.yellow('!')} ${warning}`);
  terminal.result(applied, () => `${applied.segment_id} is applied as version ${applied.revision}`);
}

function describeRevision({
  revision,
  applied_at: at,
  applied_by: author,
  reason,
  is_current: isCurrent,
  changes,
}: SegmentRevision): string {
  const head = `${colors.bold(`version ${revision}`)}${isCurrent ? ' (current)' : ''}, ${at}, ${author}${reason === null ? '' : `: ${reason}`}`;
  return [head, ...changes.map(({ sentence }) => `    ${sentence}`)].join('\n');
}

function describeDependants(name: string, { segments, syncs, others, models }: SegmentDependants, terminal: Terminal): string {
  const rows = [
    ...segments.map((id) => ['segment', id, '']),
    ...syncs.map((id) => ['sync', id, '']),
    ...others.map(({ kind, id }) => [kind, id, '']),
    ...models.map((model) => ['model', model.name, model.file]),
  ];
  return rows.length === 0 ? `Nothing reads ${name}.` : terminal.table(['kind', 'name', 'file'], rows);
}
