/** `sluice secret`: what destinations refer to as `secret:NAME`. A value is never an argument: those end up in histories and process lists. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { defineErrors } from '../errors.ts';
import type { RegisterCommand } from './command.ts';

const errors = defineErrors('secret', {
  empty: {
    summary: '`sluice secret set` was given no value.',
    fault: 'usage',
    status: 400,
    exitCode: 2,
    hint: 'Type it when asked, or pass it on stdin: `sluice secret set NAME < file`.',
  },
});

export const registerSecret: RegisterCommand = (program, action) => {
  const secret = program.command('secret').description('Store secrets, encrypted, that destinations refer to as secret:NAME.');

  secret
    .command('set <name>')
    .description('Store or replace a secret: typed without being shown, or read from stdin.')
    .addHelpText(
      'after',
      `
Examples:
  sluice secret set crm_token
  printf %s "$TOKEN" | sluice secret set crm_token

A destination then says \`token: secret:crm_token\`. A line break at the end of the value is dropped.`,
    )
    .action((name: string) =>
      action(async ({ app, terminal, signal }) => {
        const value = process.stdin.isTTY
          ? await askHidden(`Value of ${name} (not shown): `, signal)
          : (await text(process.stdin)).replace(/\r?\n$/, '');
        if (value === '') throw errors.empty(`The secret ${name} would be empty.`);
        const { secrets } = await app.store();
        await secrets.put(name, value);
        terminal.result({ name, stored: true }, () => `Stored. Refer to it as secret:${name}.`);
      }),
    );

  secret
    .command('list')
    .description('List the names of the stored secrets, never their values.')
    .addHelpText('after', '\nExample:\n  sluice secret list')
    .action(() =>
      action(async ({ app, terminal }) => {
        const { secrets } = await app.store();
        const all = (await secrets.list()).map(({ name, isReadable, createdAt, updatedAt }) => ({
          name,
          is_readable: isReadable,
          created_at: createdAt.toISOString(),
          updated_at: updatedAt.toISOString(),
        }));
        terminal.result(all, () =>
          all.length === 0
            ? 'No secrets yet: `sluice secret set NAME` stores one.'
            : terminal.table(
                ['name', 'created', 'updated', ''],
                all.map((each) => [each.name, each.created_at, each.updated_at, each.is_readable ? '' : 'encrypted with another key']),
              ),
        );
      }),
    );

  secret
    .command('remove <name>')
    .description('Remove a secret. Syncs that use it fail from their next run on.')
    .addHelpText('after', '\nExample:\n  sluice secret remove crm_token')
    .action((name: string) =>
      action(async ({ app, terminal }) => {
        const { secrets } = await app.store();
        const removed = await secrets.remove(name);
        terminal.result({ name, removed }, () => (removed ? `Removed ${name}.` : `There was no secret named ${name}.`));
      }),
    );

  secret
    .command('rotate')
    .description('Encrypt all secrets with a new key.')
    .addHelpText(
      'after',
      `
Example:
  sluice secret rotate

The key that Sluice made itself, in SLUICE_DATA_DIR, is replaced by a new one. One from SLUICE_SECRET_KEY is yours to replace: put the key until
now into SLUICE_SECRET_KEY_FORMER and a new one into SLUICE_SECRET_KEY, restart what runs, run this, and take the former one out again.
Killed in the middle and run again, it goes on. If the old key was seen by others, the secrets may have been too: replace those at their vendors.`,
    )
    .action(() =>
      action(async ({ app, terminal }) => {
        const { secrets } = await app.store();
        const { keyId, rotated, unreadable } = await secrets.rotate();
        terminal.result({ key_id: keyId, rotated, unreadable }, () =>
          [
            `${rotated.length} ${rotated.length === 1 ? 'secret is' : 'secrets are'} encrypted with the key ${keyId} now.`,
            ...(unreadable.length === 0
              ? []
              : [`No key opens ${unreadable.join(', ')}: store them again with \`sluice secret set NAME\`.`]),
          ].join('\n'),
        );
        return unreadable.length === 0 ? 0 : 1;
      }),
    );
};

/** readline echoes what is typed to its output: so it gets one that swallows everything after the question. */
async function askHidden(question: string, signal: AbortSignal): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await lines.question('', { signal });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
