/** `sluice identity explain`: a profile and its identifiers, the chain between two identifiers, the history of a profile. */
import type { Command } from 'commander';
import colors from 'picocolors';
import type { ExplainedDecision, Explanation, History, HistoryEntry, PathAnswer, PathStep, StepEvidence } from '../identity/schema.ts';
import type { Action } from './command.ts';
import type { Terminal } from './terminal.ts';

interface Options {
  readonly path?: readonly string[];
  readonly history?: boolean;
  readonly entity?: string;
}

export function registerExplain(identity: Command, action: Action): void {
  identity
    .command('explain [who]')
    .description('Show a profile with its identifiers, and why two identifiers are or are not one person.')
    .option('--path <identifier...>', 'two identifiers: the shortest chain of evidence from the first to the second')
    .option('--history', 'the history of the profile: merges, splits, identifiers that came and went, manual decisions')
    .option('--entity <entity>', 'person or account; needed when the identifier type belongs to several entities')
    .addHelpText(
      'after',
      `
Examples:
  sluice identity explain email:ada@example.com
  sluice identity explain 3e36489b-cb4f-8f7f-84d6-a715cf3a38e6 --history
  sluice identity explain --path email:ada@example.com user_id:1234

WHO is the id of a profile or an account, an id that was one before a merge, or an identifier as type:value in any spelling.
--path also says why two identifiers are not one: which evidence there is between them, and which rule or decision keeps it from counting.`,
    )
    .action((who: string | undefined, options: Options) => {
      if (options.path !== undefined) return explainPath(action, options.path, options.entity);
      if (who === undefined) identity.error('error: give an id, or an identifier as type:value', { exitCode: 2 });
      return options.history === true ? explainHistory(action, who, options.entity) : explainWho(action, who, options.entity);
    });
}

function explainWho(action: Action, who: string, entity: string | undefined): Promise<void> {
  return action(async ({ app, terminal }) => {
    const { explain } = await import('../identity/explain.ts');
    const explanation = await explain(await app.identity(), who, { entity });
    terminal.result(explanation, () => describeWho(explanation, terminal));
  });
}

function explainPath(action: Action, [a, b, ...more]: readonly string[], entity: string | undefined): Promise<void> {
  return action(async ({ app, terminal }) => {
    const { findPath } = await import('../identity/path.ts');
    const { errors } = await import('../identity/errors.ts');
    if (a === undefined || b === undefined || more.length > 0) throw errors.not_an_identifier('--path takes two identifiers');
    const answer = await findPath(await app.identity(), a, b, { entity });
    terminal.result(answer, () => describePath(answer));
  });
}

function explainHistory(action: Action, who: string, entity: string | undefined): Promise<void> {
  return action(async ({ app, terminal }) => {
    const { readHistory } = await import('../identity/history.ts');
    const history = await readHistory(await app.identity(), who, { entity });
    terminal.result(history, () => describeHistory(history, terminal));
  });
}

export function describeWho(explanation: Explanation, terminal: Pick<Terminal, 'table'>): string {
  const { entity, profile_id, alias, created_at, first_seen_at, identifiers, violations, decisions } = explanation;
  const head =
    profile_id === null
      ? [`No profile. ${explanation.nobody_because}`]
      : [
          `${entity} ${colors.bold(profile_id)}`,
          ...(alias ? [`${alias.former_profile_id} was taken over by it on ${moment(alias.changed_at)}.`] : []),
          `First seen ${moment(first_seen_at)}; a profile since the build of ${moment(created_at)}.`,
        ];
  const columns = ['type', 'value', 'sources', 'first seen', 'last seen', 'times', 'primary', 'blocked'];
  const rows = identifiers.map((one) => [
    one.identifier_type,
    one.identifier_value,
    one.sources.join(', '),
    moment(one.first_seen_at),
    moment(one.last_seen_at),
    one.seen_count,
    one.is_primary ? 'yes' : '',
    one.block_reason,
  ]);
  return [
    ...head,
    ...(rows.length > 0 ? [terminal.table(columns, rows)] : []),
    ...(explanation.is_complete ? [] : [`Only ${identifiers.length} identifiers are shown; there are more.`]),
    ...section(
      'What the rules kept apart:',
      violations.map(({ a, b, reason }) => (b === null ? `${a} ${reason}` : `${a} and ${b}: ${reason}`)),
    ),
    ...section('What people decided:', decisions.map(describeDecision)),
  ].join('\n');
}

export function describePath({ a, b, is_one, profile_id, chain, reasons }: PathAnswer): string {
  const verdict = is_one
    ? `${a} and ${b} are one: ${colors.bold(profile_id ?? 'the same identifier')}.`
    : `${a} and ${b} are ${colors.bold('not one')}.`;
  const shownBelow = new Set(chain?.map(({ why_not }) => why_not));
  const start = chain?.[0]?.from;
  return [
    verdict,
    ...reasons.filter((reason) => !shownBelow.has(reason)).map((reason) => `  ${reason}`),
    ...(start === undefined ? [] : ['', start, ...(chain ?? []).map(describeStep)]),
  ].join('\n');
}

function describeStep({ to, evidence, decision, why_not }: PathStep): string {
  return [
    ...evidence.map((one) => `  │ ${describeEvidence(one)}`),
    ...(decision ? [`  │ ${describeDecision(decision)}`] : []),
    ...(why_not === null ? [] : [`  ${colors.red('✗')} ${why_not}`]),
    to,
  ].join('\n');
}

function describeEvidence({ rule, sources, observed_in, first_seen_at, last_seen_at, seen_count, score }: StepEvidence): string {
  const times = seen_count === 1 ? 'once' : `${seen_count} times`;
  const span = first_seen_at === last_seen_at ? moment(first_seen_at) : `${moment(first_seen_at)} to ${moment(last_seen_at)}`;
  const probability = score === null ? '' : `, probability ${score.toFixed(3)}`;
  return `${rule} by ${sources.join(', ')} (${observed_in.join(', ')}), ${times}, ${span}${probability}`;
}

export function describeHistory(
  { entity, profile_id, former_profile_ids, entries, is_complete }: History,
  terminal: Pick<Terminal, 'table'>,
): string {
  return [
    `${entity} ${colors.bold(profile_id)}${former_profile_ids.length > 0 ? `, before also ${former_profile_ids.join(', ')}` : ''}`,
    ...(is_complete ? [] : [`Only the newest ${entries.length} entries are shown.`]),
    terminal.table(
      ['when', 'what', 'from', 'into', 'because of'],
      entries.map((entry) => [moment(entry.at), entry.kind, entry.from_profile_id, entry.into_profile_id, describeCause(entry)]),
    ),
  ].join('\n');
}

function describeCause({ identifiers, evidence, decision, detail }: HistoryEntry): string {
  if (decision) return describeDecision(decision);
  return [identifiers.join(' and '), detail, ...evidence.map(describeEvidence)].filter((part) => part !== '').join('; ');
}

const describeDecision = ({ kind, a, b, reason, decided_by, decided_at }: ExplainedDecision) =>
  `${[kind.replace('_', ' '), a, b].filter((part) => part !== null).join(' ')}: ${reason} (${decided_by}, ${moment(decided_at)})`;

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

/** To the minute, in UTC; a source without times has none. */
const moment = (at: string | null) => (at === null ? 'at an unknown time' : `${at.slice(0, 16).replace('T', ' ')}`);
