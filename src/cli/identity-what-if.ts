/** `sluice identity what-if`: what another rule or decision would change, without changing it. */
import type { Command } from 'commander';
import colors from 'picocolors';
import { type Change, parseSetting } from '../identity/change.ts';
import type { Ruling } from '../identity/decision.ts';
import { errors } from '../identity/errors.ts';
import { parseIdentifier } from '../identity/identifier.ts';
import type { ReshapedProfile, WhatIfReport } from '../identity/what-if.ts';
import type { Action } from './command.ts';
import type { Terminal } from './terminal.ts';

interface Options {
  readonly set?: readonly string[];
  readonly rules?: string;
  readonly neverLink?: readonly string[];
  readonly forceLink?: readonly string[];
  readonly neverUse?: readonly string[];
  readonly withoutDecision?: readonly string[];
  readonly entity?: string;
}

export function registerWhatIf(identity: Command, action: Action): void {
  identity
    .command('what-if')
    .description('Show which profiles, segments and syncs another rule or decision would change. Changes nothing.')
    .option('--set <path=value...>', 'a rule below vars.sluice.identity of dbt_project.yml')
    .option('--rules <file>', 'a YAML file whose identity rules replace the project’s')
    .option('--never-link <identifier...>', 'two identifiers that are kept apart')
    .option('--force-link <identifier...>', 'two identifiers that become one profile')
    .option('--never-use <identifier...>', 'a value that links no identifiers')
    .option('--without-decision <id...>', 'a decision in force that is left out')
    .option('--entity <entity>', 'person or account; needed when the identifier types belong to several entities')
    .addHelpText(
      'after',
      `
Examples:
  sluice identity what-if --set entities.person.identifiers.email.limit.max=3
  sluice identity what-if --never-link email:ada@example.com user_id:1234
  sluice identity what-if --rules draft.yml --json | jq '.largest_merges[0]'

The identity models are built aside from the raw data of this moment, once as things stand and once with the change, and compared. That
takes as long as two builds of these models, during which no other build runs. Nothing is published; Ctrl-C leaves nothing behind.`,
    )
    .action((options: Options) =>
      action(async ({ app, terminal, signal }) => {
        const change = await changeOf(options);
        const { whatIf } = await import('../identity/what-if.ts');
        const progress = terminal.progress('what-if');
        const report = await whatIf(await app.identity(), change, {
          entity: options.entity,
          mayNameMacros: true,
          signal,
          onProgress: ({ done, steps, doing }) => progress.update(done, steps, doing),
        }).finally(() => progress.end());
        for (const warning of report.warnings) terminal.say(`${colors.yellow('!')} ${warning}`);
        terminal.result(report, () => describe(report, terminal));
      }),
    );
}

async function changeOf({ set, rules, neverLink, forceLink, neverUse, withoutDecision }: Options): Promise<Change> {
  const decisions: Ruling[] = [
    ...pairsOf('--never-link', neverLink).map((identifiers) => ({ kind: 'never_link', identifiers }) as const),
    ...pairsOf('--force-link', forceLink).map((identifiers) => ({ kind: 'force_link', identifiers }) as const),
    ...(neverUse ?? []).map((text) => ({ kind: 'never_use', identifiers: [parseIdentifier(text)] }) as const),
  ];
  const { readRules } = await import('../identity/read-rules.ts');
  return {
    ...(rules === undefined ? {} : { rules: await readRules(rules) }),
    set: Object.fromEntries((set ?? []).map(parseSetting)),
    decisions,
    withoutDecisions: withoutDecision ?? [],
  };
}

function pairsOf(option: string, texts: readonly string[] = []) {
  if (texts.length % 2 !== 0) throw errors.invalid_change(`${option} takes two identifiers at a time`);
  const identifiers = texts.map(parseIdentifier);
  return identifiers.flatMap((a, index) => {
    const b = identifiers[index + 1];
    return index % 2 === 0 && b !== undefined ? [[a, b] as const] : [];
  });
}

const number = (value: number) => value.toLocaleString('en');

function describe(report: WhatIfReport, terminal: Terminal): string {
  const { entities, largest_splits: splits, largest_merges: merges, segments, syncs, seconds } = report;
  const isChanged = entities.some(({ profiles_split, profiles_merged, identifiers_moved, identifiers_joining, identifiers_leaving }) =>
    [profiles_split, profiles_merged, identifiers_moved, identifiers_joining, identifiers_leaving].some((count) => count > 0),
  );
  if (!isChanged) return `Nothing would change (${seconds.toFixed(1)} s).`;
  const parts = [
    terminal.table(
      ['entity', 'profiles', 'split', 'merged', 'identifiers', 'moved', 'joining', 'leaving'],
      entities.map((one) => [
        one.entity,
        `${number(one.profiles_before)} → ${number(one.profiles_after)}`,
        number(one.profiles_split),
        number(one.profiles_merged),
        `${number(one.identifiers_before)} → ${number(one.identifiers_after)}`,
        number(one.identifiers_moved),
        number(one.identifiers_joining),
        number(one.identifiers_leaving),
      ]),
    ),
    ...reshaped(terminal, 'Largest profiles that would split, with their identifiers', 'into', splits),
    ...reshaped(terminal, 'Largest profiles that would be merged, with their identifiers', 'of', merges),
    ...touched(
      terminal,
      'segment',
      segments.map((one) => [one.segment_id, one.members, one.members_touched]),
    ),
    ...touched(
      terminal,
      'sync',
      syncs.map((one) => [`${one.sync_id} (${one.source})`, one.members, one.members_touched]),
    ),
    `Nothing was changed (${seconds.toFixed(1)} s).`,
  ];
  return parts.join('\n');
}

function reshaped(terminal: Terminal, title: string, word: string, profiles: readonly ReshapedProfile[]): string[] {
  if (profiles.length === 0) return [];
  const rows = profiles.map(({ profile_id: id, identifiers, parts, part_count: count }) => {
    const shown = parts.slice(0, 4).map((part) => `${number(part.identifiers)} ${part.profile_id}`);
    return [`${id}\n${number(identifiers)} identifiers`, [...shown, ...(count > 4 ? [`and ${number(count - 4)} more`] : [])].join('\n')];
  });
  return ['', title, terminal.table(['profile', word], rows)];
}

function touched(terminal: Terminal, word: string, rows: readonly (readonly [string, number, number])[]): string[] {
  if (rows.length === 0) return [];
  return [
    '',
    terminal.table(
      [word, 'members', 'of changed profiles'],
      rows.map(([name, members, count]) => [name, number(members), number(count)]),
    ),
  ];
}
