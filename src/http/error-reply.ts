/** The one shape of every error that leaves the service. */
import { z } from '@hono/zod-openapi';
import type { Context, ErrorHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { CdpError } from '../errors.ts';
import { framesOf } from '../log.ts';
import type { HttpEnvironment } from './environment.ts';
import { errors } from './errors.ts';

export const ErrorReply = z
  .object({
    error: z.object({
      code: z.string().openapi({ example: 'http.invalid', description: 'Stable; docs/errors.md lists all.' }),
      message: z.string().openapi({ description: 'What happened, to which thing.' }),
      hint: z.string().openapi({ description: 'What to do.' }),
      request_id: z.string(),
    }),
  })
  .openapi('Error');

/** Seconds after which a client may try again what was refused for a passing reason. */
const RETRY_AFTER_SECONDS = 5;

export const onError: ErrorHandler<HttpEnvironment> = (error, context) => replyError(asKnown(error, context), context);

export function replyError(error: CdpError, context: Context<HttpEnvironment>): Response {
  if (error.fault === 'transient' || error.fault === 'throttled')
    context.header('Retry-After', String(error.context.retry_after_seconds ?? RETRY_AFTER_SECONDS));
  if (error.status === 401) context.header('WWW-Authenticate', 'Basic realm="sluice", Bearer');
  const { code, message, hint } = error;
  return context.json({ error: { code, message, hint, request_id: context.get('requestId') } }, error.status);
}

/** What a client may be told about anything that was thrown. */
export function asKnown(error: unknown, context: Context<HttpEnvironment>): CdpError {
  if (error instanceof CdpError) return error;
  if (error instanceof HTTPException) {
    if (error.status === 413) return errors.body_too_large('The body is too large');
    if (error.status === 504) return errors.timeout('The call took too long');
    if (error.status === 415)
      return errors.invalid('The body is not said to be JSON: send it with the header Content-Type: application/json');
    if (error.status < 500) return errors.invalid(error.message === '' ? 'The request cannot be read' : error.message);
  }
  // The message of an unforeseen error may quote what it choked on, so only where it happened is logged.
  const name = error instanceof Error ? error.name : typeof error;
  context
    .get('log')()
    .error({ name, at: framesOf(error) }, 'unexpected error');
  return errors.bug('The service failed', { cause: error });
}
