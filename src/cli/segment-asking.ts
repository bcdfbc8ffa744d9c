/** `sluice segment explain|compare|overlap|waterfall`: asks about segments without publishing anything. */
import type { Command } from 'commander';
import colors from 'picocolors';
import { errors } from '../segments/errors.ts';
import type { SegmentComparison, SegmentExplanation } from '../segments/schema.ts';
import type { Action } from './command.ts';
import { describeEffects, describeOutcomes } from './segment-counts.ts';
import { LANGUAGE_OPTION, languageIn } from './segment-sentences.ts';
import { conditionOf, type Named, named, targetOf } from './segment-target.ts';
import type { Terminal } from './terminal.ts';

export function registerExplain(segment: Command, action: Action): void {
  segment
    .command('explain')
    .argument('<who>', 'key of an entity, or an identifier as type:value')
    .argument('[name]', 'id of an applied segment')
    .option('--file <path>', 'read the definition from this YAML file instead')
    .option('--as-of <moment>', 'at this past date or moment instead of now')
    .option('--rows <count>', 'events and related rows to show of each condition that they decide, 0 to 50', '5')
    .option('--unmask', 'show personal data unmasked')
    .option(...LANGUAGE_OPTION)
    .description('Say why somebody is a member or is not: each condition, and the values that decide it.')
    .addHelpText(
      'after',
      `
Examples:
  sluice segment explain email:ada@example.com lapsing-regulars
  sluice segment explain user_id:1234 --file draft.yml --as-of 2026-03-01

Traits and memberships of other segments are those of now, whatever --as-of says; such conditions are marked.`,
    )
    .action(
      (who: string, name: string | undefined, options: Named & { asOf?: string; unmask?: boolean; rows: string; language?: string }) =>
        action(async ({ app, terminal, signal }) => {
          const [{ explainMember }, { keyMeant }, { entityOf }] = await Promise.all([
            import('../segments/explain.ts'),
            import('../identity/profile.ts'),
            import('../segments/prepare.ts'),
          ]);
          const rows = Number(options.rows);
          if (!Number.isInteger(rows) || rows < 0 || rows > 50)
            throw errors.usage(`--rows takes a number from 0 to 50, not ${options.rows}`);
          const startedAt = Date.now();
          const deps = await app.segments();
          const target = await targetOf(name, options);
          const member = await keyMeant(await app.profiles(), await entityOf(deps, target), who);
          const shown = { asOf: options.asOf, rows, isUnmasked: options.unmask ?? false, language: languageIn(options), signal };
          const why = await explainMember(deps, target, member, shown);
          for (const warning of why.warnings) terminal.say(`${colors.yellow('!')} ${warning}`);
          terminal.result(why, () => describeExplanation(why, Date.parse(why.as_of) < startedAt));
        }),
    );
}

export function registerCompare(segment: Command, action: Action): void {
  named(segment.command('compare'))
    .description('Compare with the published members: who would enter and leave, and because of which condition.')
    .option('--sample <count>', 'entering and leaving members to show of each', '10')
    .option(...LANGUAGE_OPTION)
    .addHelpText('after', '\nExample:\n  sluice segment compare --file activations/segments/lapsing-regulars.yml')
    .action((name: string | undefined, options: Named & { sample: string; language?: string }) =>
      action(async ({ app, terminal, signal }) => {
        const { compareSegment } = await import('../segments/compare.ts');
        const sampleSize = Number(options.sample);
        if (!Number.isInteger(sampleSize) || sampleSize < 0 || sampleSize > 100)
          throw errors.usage(`--sample takes a number from 0 to 100, not ${options.sample}`);
        const change = await compareSegment(await app.segments(), await targetOf(name, options), {
          sampleSize,
          language: languageIn(options),
          signal,
        });
        for (const warning of change.warnings) terminal.say(`${colors.yellow('!')} ${warning}`);
        terminal.result(change, () => describeComparison(change, terminal));
      }),
    );
}

export function registerOverlap(segment: Command, action: Action): void {
  segment
    .command('overlap')
    .argument('<names...>', 'ids of 2 to 50 published segments of one entity')
    .description('Show how many members each two published segments share.')
    .addHelpText('after', '\nExample:\n  sluice segment overlap vip newsletter lapsing-regulars')
    .action((names: string[]) =>
      action(async ({ app, terminal, signal }) => {
        const { overlapOf } = await import('../segments/overlap.ts');
        const overlap = await overlapOf(await app.segments(), names, signal);
        terminal.result(overlap, () =>
          terminal.table(
            ['', ...overlap.segments.map(({ segment_id: id }) => id)],
            overlap.segments.map(({ segment_id: id }, row) => [
              id,
              ...(overlap.matrix[row] ?? []).map((members) => members.toLocaleString('en')),
            ]),
          ),
        );
      }),
    );
}

export function registerWaterfall(segment: Command, action: Action): void {
  segment
    .command('waterfall')
    .argument('<names...>', 'ids of 2 to 50 published segments of one entity, the most important first')
    .description('Give each member to the first of several published segments, and show what each one keeps.')
    .addHelpText('after', '\nExample:\n  sluice segment waterfall win-back upsell newsletter')
    .action((names: string[]) =>
      action(async ({ app, terminal, signal }) => {
        const { waterfallOf } = await import('../segments/overlap.ts');
        const waterfall = await waterfallOf(await app.segments(), names, signal);
        terminal.result(waterfall, () =>
          terminal.table(
            ['segment', 'members', 'keeps', 'taken before'],
            waterfall.segments.map(({ segment_id: id, members, taken, dropped }) => [
              id,
              members.toLocaleString('en'),
              taken.toLocaleString('en'),
              dropped.toLocaleString('en'),
            ]),
          ),
        );
      }),
    );
}

export function registerBacktest(segment: Command, action: Action): void {
  named(segment.command('backtest'))
    .description('Show how large it would have been in each of the last weeks, and what its members did next.')
    .option('--weeks <count>', 'weeks to go back, at most 104', '12')
    .option('--outcome <path>', 'a YAML file with a condition: how many met it in the days after, of the members and of the others')
    .option('--days <count>', 'days after each week in which the outcome counts, at most 365', '28')
    .addHelpText(
      'after',
      `
Example:
  sluice segment backtest lapsing-regulars --weeks 26
  sluice segment backtest lapsing-regulars --outcome ordered.yml --days 14

ordered.yml is a condition as it stands under where:

  event: Order Completed

Events are counted until each moment. Traits and memberships of other segments are asked as they are now; such conditions are named.`,
    )
    .action((name: string | undefined, options: Named & { weeks: string; outcome?: string; days: string }) =>
      action(async ({ app, terminal, signal }) => {
        const { backtestSegment } = await import('../segments/backtest.ts');
        const weeks = Number(options.weeks);
        const outcome =
          options.outcome === undefined ? undefined : { where: await conditionOf(options.outcome), days: Number(options.days) };
        const progress = terminal.progress('Moments');
        const onSize = (done: number) => progress.update(done, weeks + 1);
        const target = await targetOf(name, options);
        const asked = { weeks, outcome, signal, onSize };
        const tested = await backtestSegment(await app.segments(), target, asked).finally(() => progress.end());
        if (tested.not_moved.length > 0) terminal.say(`${colors.yellow('!')} asked as they are now: ${tested.not_moved.join(', ')}`);
        terminal.result(tested, () =>
          tested.outcome === null
            ? terminal.table(
                ['as of', 'members'],
                tested.sizes.map(({ as_of: asOf, members }) => [asOf, members.toLocaleString('en')]),
              )
            : describeOutcomes(tested, terminal),
        );
      }),
    );
}

/** @param isPast whether it is asked at a past moment: what is only known as it is now is then marked. */
function describeExplanation(why: SegmentExplanation, isPast: boolean): string {
  const since = why.published_since === null ? 'not a published member' : `a published member since ${why.published_since}`;
  const head = `${colors.bold(why.title)}: ${why.entity} ${why.member_id} ${why.holds ? 'belongs in it' : 'does not belong in it'} as of ${why.as_of}; ${since}`;
  const lines = why.conditions.map(({ path, sentence, holds, is_of_now: isOfNow, values, because }) => {
    const level = path.split(/[.[]/).filter((part) => ['all', 'any', 'not'].includes(part)).length;
    const decided = values.map(({ name, value }) => `${name}: ${value ?? 'no value'}`).join(', ');
    const note = [decided, isOfNow && isPast ? 'as it is now' : ''].filter((part) => part !== '').join('; ');
    const line = `${'  '.repeat(level)}${holds ? colors.green('✓') : colors.red('✗')} ${sentence}${note === '' ? '' : colors.dim(` (${note})`)}`;
    return because === null ? line : `${line}\n${'  '.repeat(level + 1)}${colors.dim(because)}`;
  });
  const wholes = why.modifiers.map(
    ({ sentence, takes_away: takesAway }) =>
      `${takesAway ? `${colors.red('✗')} ${sentence}: this takes it away` : `${colors.dim('-')} ${sentence}`}`,
  );
  return [head, ...lines, ...wholes].join('\n');
}

function describeComparison(change: SegmentComparison, terminal: Terminal): string {
  const { entering, entering_by_data: byData, leaving, staying, published_version: version } = change;
  const beside = version === null ? 'Nothing is published of it yet' : `Beside version ${version}`;
  const counted = (title: string, conditions: SegmentComparison['kept_out_after']) =>
    conditions.length === 0
      ? []
      : [
          terminal.table(
            [title, 'says', 'members'],
            conditions.map(({ path, sentence, members }) => [path, sentence, members.toLocaleString('en')]),
          ),
        ];
  return [
    `${colors.bold(change.segment_id)}: ${beside}: ${entering.toLocaleString('en')} would enter (${byData.toLocaleString('en')} of them without the edit too), ${leaving.toLocaleString('en')} would leave, ${staying.toLocaleString('en')} stay`,
    ...(entering > 0 ? counted('kept them out until now', change.kept_out_before) : []),
    ...(leaving > 0 ? counted('keeps them out now', change.kept_out_after) : []),
    ...describeEffects(change, terminal),
    ...(change.sample.length === 0
      ? []
      : [
          terminal.table(
            ['member', 'change', 'because'],
            change.sample.map(({ member_id: id, change: what, because }) => [id, what, because.map(({ sentence }) => sentence).join('; ')]),
          ),
        ]),
  ].join('\n');
}
