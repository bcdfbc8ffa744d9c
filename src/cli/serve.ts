/** `sluice serve`: the service, until it is told to stop. */
import { once } from 'node:events';
import type { RegisterCommand } from './program.ts';

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

export const registerServe: RegisterCommand = (program, action) => {
  program
    .command('serve')
    .description('Run the service: collection, API and schedules.')
    .addHelpText(
      'after',
      `
Examples:
  sluice serve
  SLUICE_PORT=8080 sluice serve

Listens on SLUICE_HOST (loopback unless you say otherwise) and SLUICE_PORT. /docs describes every call. Ctrl-C or SIGTERM stops it:
what is under way is answered, what was taken is stored. The log goes to stderr, one JSON object a line.`,
    )
    .action(() =>
      action(async ({ app, terminal, signal }) => {
        const { url } = await app.service();
        await app.schedules();
        const { SLUICE_HOST: host } = app.config;
        terminal.result({ url }, () => `Sluice listens on ${url} (${url}/docs describes the API). Ctrl-C stops it.`);
        if (!LOOPBACK.has(host)) terminal.say(`Other machines can reach it on ${host}: put TLS in front, since keys travel in headers.`);
        if (!signal.aborted) await once(signal, 'abort');
        terminal.say('Stopping: answering what is under way, storing what was taken.');
      }),
    );
};
