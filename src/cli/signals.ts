/** Signals that end a command early. */

/** A supervisor that signals every process of a group (systemd does) is received twice: directly, and through the launcher. */
const ECHO_MS = 1_000;

/**
 * Calls `stop` at the first SIGTERM or Ctrl-C. A second signal ends the process at once, unless it only
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
