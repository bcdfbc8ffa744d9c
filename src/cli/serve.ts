/** `sluice serve`: the service, until it is told to stop. */
import { once } from 'node:events';
import type { Logger } from 'pino';
import { createLogger } from '../log.ts';
import type { RegisterCommand } from './command.ts';
import { surviveUnforeseen } from './unforeseen.ts';

/** Orchestrators wait at least ten seconds before they kill a process, so stopping must end within that time. */
const STOP_MS = 9_500;
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

Listens on SLUICE_HOST (loopback unless you say otherwise) and SLUICE_PORT. /docs describes every call. Ctrl-C or SIGTERM stops it
within ten seconds: what is under way is answered, what was taken is stored, a running job is handed back. The log goes to stderr, one JSON
object a line. Exit code 3: an embedded server is gone for good (\`sluice stop\`); 1: a bug, or it could not stop in order.`,
    )
    .action(() =>
      action(async ({ app, terminal, signal }) => {
        const logger = createLogger(app.config);
        const bug = Promise.withResolvers<Error>();
        const stopSurviving = surviveUnforeseen(logger, () => bug.resolve(new Error('A bug ended the service: its log says where.')));
        signal.addEventListener('abort', () => endInTime(logger), { once: true });
        const { url, gaveUp } = await app.service();
        await app.schedules();
        const { SLUICE_HOST: host } = app.config;
        terminal.result({ url }, () => `Sluice listens on ${url} (${url}/docs describes the API). Ctrl-C stops it.`);
        if (!LOOPBACK.has(host)) terminal.say(`Other machines can reach it on ${host}: put TLS in front, since keys travel in headers.`);
        const stopped = signal.aborted ? undefined : once(signal, 'abort').then(() => undefined);
        const reason = await Promise.race([stopped, gaveUp, bug.promise]);
        terminal.say('Stopping: answering what is under way, storing what was taken.');
        if (reason === undefined) return;
        endInTime(logger);
        stopSurviving();
        throw reason;
      }),
    );
};

/** Stopping waits for others (a database, a destination) that may not answer. Nothing that was acknowledged is lost by this. */
function endInTime(logger: Logger): void {
  setTimeout(() => {
    logger.fatal(`not everything could be closed within ${STOP_MS / 1_000} s: the process ends all the same`);
    process.exit(1);
  }, STOP_MS).unref();
}
