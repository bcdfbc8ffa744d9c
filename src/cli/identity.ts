/** `sluice identity …`: who is who, why, and what people decided about it. One file per kind of question. */
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
  const identity = program.command('identity').description('See who is who and why, and decide what the evidence cannot.');
  for (const register of groups) register(identity, action);
};
