/** Handles errors that no other code has caught, in a process that should run for months. */
import type { Logger } from 'pino';
import { framesOf } from '../log.ts';

/**
 * A rejection that is not awaited is logged, and the process goes on: code that awaits a result gets its failure, so that nothing is acknowledged
 * or recorded by mistake; and a bug in one request must not refuse all the others. The same for the error of a single connection, file or
 * child process, which is recognised by its `syscall`: it affects nothing else.
 *
 * Any other exception has stopped some callback in its middle, and what that left half done is not known: `end` is called, which must
 * end the process properly, so that its supervisor starts another.
 *
 * A log whose reader is gone (EPIPE) is no reason to end.
 * @returns takes the listeners off again.
 */
export function surviveUnforeseen(logger: Logger, end: () => void): () => void {
  const onRejection = (reason: unknown) => logger.error(described(reason), 'an unhandled rejection');
  const onException = (error: unknown) => {
    if (isOfOneThing(error)) {
      logger.error(described(error), 'an unhandled error event');
      return;
    }
    logger.fatal(described(error), 'an uncaught exception: the service ends');
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
