/** The last line of defence of a process that is meant to run for months: what nobody has caught. */
import type { Logger } from 'pino';
import { framesOf } from '../log.ts';

/**
 * A rejection that nobody waits for is logged and survived: whoever waits for anything hears of its failure, so that nothing is acknowledged
 * or recorded by mistake; and a bug in one request must not refuse all the others. The same for the error of a single connection, file or
 * child process, which is known by its `syscall`: it concerns nobody else.
 *
 * Any other exception has cut some callback off in its middle, and what that has left half done cannot be known: `end` is called, which must
 * end the process in order, so that whoever supervises it starts another.
 *
 * A log that nobody reads any more (EPIPE) is no reason to end.
 * @returns takes the listeners off again.
 */
export function surviveUnforeseen(logger: Logger, end: () => void): () => void {
  const onRejection = (reason: unknown) => logger.error(described(reason), 'a failure that nobody waited for');
  const onException = (error: unknown) => {
    if (isOfOneThing(error)) {
      logger.error(described(error), 'an error event that nobody listened to');
      return;
    }
    logger.fatal(described(error), 'an exception that nobody caught: the service ends');
    end();
  };
  const ignore = () => undefined;
  process.on('unhandledRejection', onRejection).on('uncaughtException', onException);
  for (const output of [process.stdout, process.stderr]) output.on('error', ignore);
  return () => {
    process.off('unhandledRejection', onRejection).off('uncaughtException', onException);
    for (const output of [process.stdout, process.stderr]) output.off('error', ignore);
  };
}

const isOfOneThing = (error: unknown) => error instanceof Error && 'syscall' in error;

/** The message of an unforeseen error may quote a customer's row. */
function described(error: unknown) {
  const name = error instanceof Error ? error.name : typeof error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return { name, ...(code !== undefined && { code }), at: framesOf(error) };
}
