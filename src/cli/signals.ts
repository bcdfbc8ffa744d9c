/** What ends a command before it is done. */

/** A supervisor that tells every process of a group (systemd does) is heard twice: once from itself, once through the launcher. */
const ECHO_MS = 1_000;

/**
 * Calls `stop` at the first SIGTERM or Ctrl-C. Whoever does not want to wait sends another: it ends the process at once, unless it only
 * repeats the first.
 * @returns lets go of the signals.
 */
export function onStopSignal(stop: () => void, end: (exitCode: number) => void = (exitCode) => process.exit(exitCode)): () => void {
  let toldAtMs: number | undefined;
  const told = (exitCode: number) => () => {
    const isFirst = toldAtMs === undefined;
    if (!isFirst && performance.now() - (toldAtMs ?? 0) > ECHO_MS) end(exitCode);
    toldAtMs ??= performance.now();
    if (isFirst) stop();
  };
  const [onInterrupt, onTerminate] = [told(130), told(143)];
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate);
  return () => void process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate);
}
