/** `sluice identity never-link|force-link|never-use|erase|decisions|revoke`: manual decisions, with who, when and why. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import colors from 'picocolors';
import type { Ruling } from '../identity/decision.ts';
import { errors } from '../identity/errors.ts';
import { parseIdentifier } from '../identity/identifier.ts';
import type { Decision } from '../identity/schema.ts';
import type { Action } from './command.ts';
import type { Terminal } from './terminal.ts';

interface Why {
  readonly reason: string;
  readonly by?: string;
  readonly entity?: string;
}

export function registerDecisions(identity: Command, action: Action): void {
  registerPair(identity, action, 'never_link', {
    name: 'never-link',
    description: 'Keep two identifiers apart, whatever the evidence says.',
    notes:
      'A never-link wins over everything, also over a force-link. The evidence between the two stays visible in `sluice identity explain`.',
    reason: 'twins at one address',
  });
  registerPair(identity, action, 'force_link', {
    name: 'force-link',
    description: 'Make two identifiers one profile, without evidence.',
    notes:
      'It counts as the strongest evidence there is: no cap and no limit of the rules holds against it. A never-link does, and so do never-use and the\nbounds on size (max_size, max_growth).',
    reason: 'she changed her address, ticket 4711',
  });
  registerNeverUse(identity, action);
  registerErase(identity, action);
  registerList(identity, action);
  registerRevoke(identity, action);
}

interface Wording {
  readonly name: string;
  readonly description: string;
  readonly notes: string;
  readonly reason: string;
}

const EFFECT = 'An identifier is written type:value, in any spelling. The decision takes effect with the next `sluice build`, and lasts.';

const why = (command: Command) =>
  command
    .requiredOption('--reason <text>', 'how you know it, for a person who reads it in a year')
    .option('--by <name>', 'who decided (default: the user of this machine)');

const decided = (command: Command) =>
  why(command).option('--entity <entity>', 'person or account; needed when the identifier types belong to several entities');

function registerPair(identity: Command, action: Action, kind: 'never_link' | 'force_link', wording: Wording): void {
  decided(identity.command(`${wording.name} <a> <b>`))
    .description(wording.description)
    .addHelpText(
      'after',
      `
Example:
  sluice identity ${wording.name} email:ada@example.com user_id:1234 --reason "${wording.reason}"

${EFFECT}
${wording.notes}
See what it would change first: sluice identity what-if --${wording.name} email:ada@example.com user_id:1234`,
    )
    .action((a: string, b: string, options: Why) =>
      decideIt(action, { kind, identifiers: [parseIdentifier(a), parseIdentifier(b)] }, options),
    );
}

function registerNeverUse(identity: Command, action: Action): void {
  decided(identity.command('never-use <a>'))
    .description('Never use a value to link identifiers: a shared inbox, the phone of the shop.')
    .addHelpText(
      'after',
      `
Example:
  sluice identity never-use phone:+12125550100 --reason "the shop's own number"

${EFFECT}
Profiles that only this value held together come apart.`,
    )
    .action((a: string, options: Why) => decideIt(action, { kind: 'never_use', identifiers: [parseIdentifier(a)] }, options));
}

function registerErase(identity: Command, action: Action): void {
  decided(identity.command('erase <a>'))
    .description('Forget what was seen of an identifier until now, because its owner asked for it.')
    .option('--confirm', 'confirm the erasure')
    .addHelpText(
      'after',
      `
Example:
  sluice identity erase email:ada@example.com --reason "request of 3 March" --confirm

${EFFECT}
Seen again later, it is known again, from then on. Raw rows are not touched, and the value stays in sluice_raw.identity_decisions: it is how
older rows are known that must not be read again. Revoking an erasure brings back what it forgot with the next \`sluice build --full-refresh\`.`,
    )
    .action((a: string, options: Why & { confirm?: boolean }) => {
      const identifier = parseIdentifier(a);
      if (options.confirm !== true) throw errors.unconfirmed('Nothing was erased');
      return decideIt(action, { kind: 'erase', identifiers: [identifier] }, options);
    });
}

function decideIt(action: Action, ruling: Ruling, { reason, by, entity }: Why): Promise<void> {
  return action(async ({ app, terminal }) => {
    const { decide } = await import('../identity/decisions.ts');
    const outcome = await decide(await app.identity(), { ruling, entity, reason, by: by ?? machineUser() });
    for (const warning of outcome.warnings) terminal.say(`${colors.yellow('!')} ${warning}`);
    const { decision_id: id } = outcome.decision;
    terminal.result(outcome, () =>
      outcome.is_new
        ? `Decided: ${describe(outcome.decision)}. Its id is ${id}; it takes effect with the next build.`
        : `It was decided already, by ${outcome.decision.decided_by}: ${id}.`,
    );
  });
}

function registerList(identity: Command, action: Action): void {
  identity
    .command('decisions')
    .description('List the manual decisions, newest first: who decided what, when and why.')
    .option('--all', 'also those that were revoked')
    .addHelpText(
      'after',
      `
Examples:
  sluice identity decisions
  sluice identity decisions --all --json | jq '.decisions[] | select(.problem != null)'

Decisions of the project's own seeds (meta.sluice.decisions, docs/identity-decisions.md) appear once they were built.`,
    )
    .action((options: { all?: boolean }) =>
      action(async ({ app, terminal }) => {
        const { listDecisions } = await import('../identity/decisions.ts');
        const decisions = await listDecisions(await app.identity(), { isWithRevoked: options.all ?? false });
        terminal.result({ decisions }, () => (decisions.length === 0 ? 'There are no manual decisions.' : table(terminal, decisions)));
      }),
    );
}

function registerRevoke(identity: Command, action: Action): void {
  why(identity.command('revoke <decision-id>'))
    .description('Revoke a decision: the next build ignores it.')
    .addHelpText(
      'after',
      `
Example:
  sluice identity revoke 3e36489b-cb4f-4f7f-84d6-a715cf3a38e6 --reason "they turned out to be one person"

The decision and its revocation both stay in the log. Profiles that it had joined or kept apart get their old ids back.`,
    )
    .action((id: string, { reason, by }: Why) =>
      action(async ({ app, terminal }) => {
        const { revokeDecision } = await import('../identity/decisions.ts');
        const decision = await revokeDecision(await app.identity(), id, { reason, by: by ?? machineUser() });
        terminal.result(decision, () => `Revoked: ${describe(decision)}. It takes effect with the next build.`);
      }),
    );
}

function table(terminal: Terminal, decisions: readonly Decision[]): string {
  return terminal.table(
    ['id', 'kind', 'a', 'b', 'reason', 'by', 'at', 'state'],
    decisions.map((one) => [one.decision_id, one.kind, one.a, one.b, one.reason, one.decided_by, one.decided_at, stateOf(one)]),
  );
}

function stateOf({ revoked, problem, recorded_in }: Decision): string {
  if (revoked) return `revoked by ${revoked.by}: ${revoked.reason}`;
  if (problem !== null) return `cannot take effect: ${problem}`;
  return recorded_in === 'seed' ? 'in force (seed)' : 'in force';
}

const describe = ({ kind, a, b }: Decision) => [kind.replace('_', ' '), a, b].filter((part) => part !== null).join(' ');

/** A container may run under a user number without a name. */
function machineUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
