/** The service's log: one JSON object a line on stderr. What is logged is chosen where it is logged; these paths are the second wall. */
import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';

/** Names under which personal data and secrets travel, at the top of a log object and one level down. */
const PRIVATE = [
  'authorization',
  'body',
  'email',
  'headers',
  'ip',
  'key',
  'message_body',
  'password',
  'phone',
  'properties',
  'row',
  'traits',
  'url',
  'user_id',
  'writeKey',
];

/** Where an error was thrown, without its message, which may quote what it choked on. */
export function framesOf(error: unknown): string[] {
  const { stack = '' } = error instanceof Error ? error : {};
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim());
}

export function createLogger(config: Pick<Config, 'SLUICE_LOG_LEVEL'>, destination: NodeJS.WritableStream = process.stderr): Logger {
  return pino(
    {
      level: config.SLUICE_LOG_LEVEL,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: PRIVATE.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    destination,
  );
}
