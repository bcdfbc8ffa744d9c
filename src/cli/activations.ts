/** `sluice plan` and `sluice apply`: the activations folder against what is running. */
import { userInfo } from 'node:os';
import colors from 'picocolors';
import { errors } from '../activations/errors.ts';
import type { Json } from '../activations/plan.ts';
import { type CheckedPlan, type PlannedChange, planDocument } from '../activations/plan-document.ts';
import { formatProblem } from '../documents/problem.ts';
import type { RegisterCommand } from './command.ts';

const ABOUT = `
The folder activations/ holds a YAML document for each destination, segment and sync. It is the whole truth: what runs and is not
in it is removed; a removed sync leaves its destination as it is, and the plan says what stays where. One wrong document keeps all of them from being applied.
Where every document of a kind would go, as with an empty folder, that has to be allowed.`;

export const registerPlan: RegisterCommand = (program, action) => {
  program
    .command('plan')
    .description('Check activations/ and show how it differs from what is running. Changes nothing.')
    .option('--out <file>', 'save the plan for `sluice apply --plan`')
    .addHelpText(
      'after',
      `
Examples:
  sluice plan --json | jq -r '.changes[] | "- " + .sentence'     the lines for a pull request's comment
  sluice plan --out plan.json
${ABOUT}`,
    )
    .action((options: { out?: string }) =>
      action(async ({ app, terminal }) => {
        const [{ planActivations }, { savePlan }] = await Promise.all([
          import('../activations/apply.ts'),
          import('../activations/saved-plan.ts'),
        ]);
        const plan = await planActivations(await app.activations());
        if (options.out !== undefined) await savePlan(options.out, plan);
        const next = options.out === undefined ? applyOf(plan) : `sluice apply --plan ${options.out}`;
        terminal.result(planDocument(plan), () => describe(plan, `Run \`${next}\` to make it so.`));
      }),
    );
};

export const registerApply: RegisterCommand = (program, action) => {
  program
    .command('apply')
    .description('Check activations/ and apply its documents.')
    .option('--plan <file>', 'apply this saved plan, if documents, models and applied documents have not changed since')
    .option('--allow-removals <count>', 'how many documents this may remove; needed where every document of a kind would go')
    .option('--reason <text>', 'why, kept with each document that changes')
    .addHelpText('after', `\nExamples:\n  sluice apply\n  sluice apply --plan plan.json\n  sluice apply --allow-removals 3\n${ABOUT}`)
    .action((options: { plan?: string; allowRemovals?: string; reason?: string }) =>
      action(async ({ app, terminal }) => {
        const allowed = options.allowRemovals === undefined ? undefined : countOf(options.allowRemovals);
        const [{ applyPlan, assertRemovals, planActivations }, { readSavedPlan }] = await Promise.all([
          import('../activations/apply.ts'),
          import('../activations/saved-plan.ts'),
        ]);
        const deps = await app.activations();
        const plan = options.plan === undefined ? await planActivations(deps) : await readSavedPlan(options.plan, deps);
        assertRemovals(plan, allowed ?? (options.plan === undefined ? undefined : 'as planned'));
        await applyPlan(deps.resources, plan, userInfo().username, options.reason);
        terminal.result(planDocument(plan), () => describe(plan, 'Applied.'));
      }),
    );
};

/** The command that applies the plan, with the permission that it needs. */
function applyOf({ changes, emptied }: CheckedPlan): string {
  const removals = changes.filter(({ action }) => action === 'remove').length;
  return emptied.length === 0 ? 'sluice apply' : `sluice apply --allow-removals ${removals}`;
}

function countOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw errors.usage(`--allow-removals takes a number of documents such as 3, not ${text}`);
  return Number(text);
}

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

function describeChange(change: PlannedChange): string[] {
  switch (change.action) {
    case 'create':
      return [`${colors.green('+')} ${change.kind} ${change.id}`, `    ${change.sentence}`];
    case 'remove':
      return [`${colors.red('-')} ${change.kind} ${change.id}`, ...(change.stays ?? []).map((sentence) => `    ${sentence}`)];
    case 'update':
      return [
        `${colors.yellow('~')} ${change.kind} ${change.id}`,
        `    ${change.sentence}`,
        ...change.fields.map(({ path, from, to }) => `    ${path}: ${shown(from)} → ${shown(to)}`),
      ];
  }
}

const shown = (value: Json | undefined) => (value === undefined ? '(none)' : JSON.stringify(value));
