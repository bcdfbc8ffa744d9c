/** `sluice keys`: API keys of the service. */
import { InvalidArgumentError, Option } from 'commander';
import { ApiKeyScope } from '../store/api-keys.ts';
import { issueKey, presentKey } from '../store/issue-key.ts';
import type { RegisterCommand } from './command.ts';

export const registerKeys: RegisterCommand = (program, action) => {
  const keys = program.command('keys').description('Create, list and revoke the API keys of the service.');

  keys
    .command('create <name>')
    .description('Create an API key and print it, this once.')
    .addOption(new Option('--scope <scope...>', 'what it may do').choices(ApiKeyScope.options).makeOptionMandatory())
    .option('--source <source>', 'the source whose events it sends; needed with the scope collect')
    .option(
      '--max-messages-per-second <n>',
      'with the scope collect: its own limit, over ten seconds; further messages are answered 429',
      positive,
    )
    .addHelpText(
      'after',
      `
Scopes: collect sends events as one source, and nothing else (such a key may sit in a browser); read sees everything but secrets; admin may do everything.

Examples:
  sluice keys create web --scope collect --source web
  sluice keys create page --scope collect --source web --max-messages-per-second 200
  sluice keys create ci --scope admin --json`,
    )
    .action((name: string, options: { scope: ApiKeyScope[]; source?: string; maxMessagesPerSecond?: number }) =>
      action(async ({ app, terminal }) => {
        const { scope: scopes, source, maxMessagesPerSecond } = options;
        const { apiKeys } = await app.store();
        const issued = await issueKey(apiKeys, {
          name,
          scopes,
          ...(source !== undefined && { source }),
          ...(maxMessagesPerSecond !== undefined && { max_messages_per_second: maxMessagesPerSecond }),
        });
        terminal.say('Keep this key now: only its hash is stored, it cannot be shown again.');
        terminal.result(issued, () => issued.key);
      }),
    );

  keys
    .command('list')
    .description('List the API keys, newest first: what they may do, when they were last used.')
    .addHelpText('after', '\nExample:\n  sluice keys list')
    .action(() =>
      action(async ({ app, terminal }) => {
        const { apiKeys } = await app.store();
        const all = (await apiKeys.list()).map(presentKey);
        terminal.result(all, () =>
          all.length === 0
            ? 'No API keys yet: `sluice keys create web --scope collect --source web` makes one.'
            : terminal.table(
                ['id', 'name', 'key', 'scopes', 'source', 'created', 'last used', 'revoked'],
                all.map((key) => [
                  key.id,
                  key.name,
                  `${key.prefix}…`,
                  key.scopes.join(', '),
                  key.source,
                  key.created_at,
                  key.last_used_at,
                  key.revoked_at,
                ]),
              ),
        );
      }),
    );

  keys
    .command('revoke <id>')
    .description('Revoke an API key: it is refused within two seconds, everywhere.')
    .addHelpText('after', '\nExample:\n  sluice keys revoke 3e36489b-cb4f-4f7f-84d6-a715cf3a38e6')
    .action((id: string) =>
      action(async ({ app, terminal }) => {
        const { apiKeys } = await app.store();
        await apiKeys.revoke(id);
        terminal.result({ id, revoked: true }, () => `The key ${id} is revoked.`);
      }),
    );
};

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1 || value > 2_147_483_647)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}
