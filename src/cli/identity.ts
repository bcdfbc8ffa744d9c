/** `sluice identity …`: profiles, the reasons for them, and manual decisions. One file per kind of question. */
import type { Command } from 'commander';
import type { Action, RegisterCommand } from './command.ts';
import { registerDecisions } from './identity-decisions.ts';
import { registerExplain } from './identity-explain.ts';
import { registerReport } from './identity-report.ts';
import { registerWhatIf } from './identity-what-if.ts';

/** Each adds its commands to the group. */
const groups: readonly ((identity: Command, action: Action) => void)[] = [
  registerExplain,
  registerReport,
  registerDecisions,
  registerWhatIf,
];

export const registerIdentity: RegisterCommand = (program, action) => {
  const identity = program.command('identity').description('Explain profiles, and decide by hand what the evidence cannot.');
  for (const register of groups) register(identity, action);
};
