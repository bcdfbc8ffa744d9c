/** `sluice plan` and `sluice apply`: the activations folder against what is running. */
import { userInfo } from 'node:os';
import colors from 'picocolors';
import type { CheckedPlan } from '../activations/apply.ts';
import type { Change, Json } from '../activations/plan.ts';
import { formatProblem } from '../documents/problem.ts';
import type { RegisterCommand } from './program.ts';

const ABOUT = `
The folder activations/ holds a YAML document for each destination, segment and sync. It is the whole truth: what runs and is not
in it is removed; a removed sync leaves its destination as it is, and the plan says what stays where. One wrong document keeps all of them from being applied.`;

export const registerPlan: RegisterCommand = (program, action) => {
  program
    .command('plan')
    .description('Check activations/ and show how it differs from what is running. Changes nothing.')
    .addHelpText('after', `\nExample:\n  sluice plan --json | jq '.changes[] | .action + " " + .id'\n${ABOUT}`)
    .action(() =>
      action(async ({ app, terminal }) => {
        const { planActivations } = await import('../activations/apply.ts');
        const plan = await planActivations(await app.activations());
        terminal.result(plan, () => describe(plan, 'Run `sluice apply` to make it so.'));
      }),
    );
};

export const registerApply: RegisterCommand = (program, action) => {
  program
    .command('apply')
    .description('Check activations/ and make what is running equal to it.')
    .addHelpText('after', `\nExample:\n  sluice apply\n${ABOUT}`)
    .action(() =>
      action(async ({ app, terminal }) => {
        const { applyPlan, planActivations } = await import('../activations/apply.ts');
        const deps = await app.activations();
        const plan = await planActivations(deps);
        await applyPlan(deps.resources, plan, userInfo().username);
        terminal.result(plan, () => describe(plan, 'Applied.'));
      }),
    );
};

function describe(plan: CheckedPlan, last: string): string {
  const warnings = plan.warnings.map((warning) => `${colors.yellow('warning')} ${formatProblem(warning, warning.file)}`);
  if (plan.changes.length === 0)
    return [...warnings, `Nothing differs: ${plan.unchanged} documents are running as activations/ says.`].join('\n');
  return [
    ...warnings,
    ...plan.changes.flatMap(describeChange),
    `${plan.changes.length} to change, ${plan.unchanged} as they are. ${last}`,
  ].join('\n');
}

function describeChange(change: Change): string[] {
  switch (change.action) {
    case 'create':
      return [`${colors.green('+')} ${change.kind} ${change.id}`];
    case 'remove':
      return [`${colors.red('-')} ${change.kind} ${change.id}`, ...(change.stays ?? []).map((sentence) => `    ${sentence}`)];
    case 'update':
      return [
        `${colors.yellow('~')} ${change.kind} ${change.id}`,
        ...change.fields.map(({ path, from, to }) => `    ${path}: ${shown(from)} → ${shown(to)}`),
      ];
  }
}

const shown = (value: Json | undefined) => (value === undefined ? '(none)' : JSON.stringify(value));
