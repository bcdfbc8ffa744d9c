/** Who is calling the API. Collection has its own way (src/collect/write-key.ts), because its keys also come in bodies. */
import type { Context, MiddlewareHandler } from 'hono';
import type { ApiKeyScope, ApiKeys } from '../store/api-keys.ts';
import { assertWholeTexts } from './broken-texts.ts';
import type { HttpEnvironment } from './environment.ts';
import { errors } from './errors.ts';

/** An admin may do what a reader may; a key for collecting may do neither. */
const SUFFICIENT: Readonly<Record<'read' | 'admin', readonly ApiKeyScope[]>> = { read: ['read', 'admin'], admin: ['admin'] };

/** @throws CdpError `http.key_missing`, `http.key_scope`, `http.key_unchecked`. */
export function requireScope(apiKeys: Pick<ApiKeys, 'verify'>, scope: 'read' | 'admin'): MiddlewareHandler<HttpEnvironment> {
  return async (context, next) => {
    // Replies hold personal data, refusals say who was refused: no cache on the way may keep them.
    context.header('Cache-Control', 'no-store');
    const [, plain] = /^Bearer\s+(\S+)$/i.exec(context.req.header('authorization') ?? '') ?? [];
    // Why it cannot be checked names hosts and ports, and the caller is not known.
    const key =
      plain === undefined
        ? null
        : await apiKeys.verify(plain).catch((cause: unknown): never => {
            throw errors.key_unchecked('The API key cannot be checked at the moment', { cause });
          });
    if (!key) throw errors.key_missing(plain === undefined ? 'The call has no API key' : 'The API key is unknown or revoked');
    if (!SUFFICIENT[scope].some((sufficient) => key.scopes.includes(sufficient)))
      throw errors.key_scope(`The API key lacks the scope ${scope}`);
    context.set('apiKey', key);
    await assertWholeTexts(context);
    await next();
  };
}

/** The key is always named: the caller may say for which person it acts, but not that another key called. */
export async function callerOf(context: Context<HttpEnvironment>, apiKeys: Pick<ApiKeys, 'list'>, by?: string): Promise<string> {
  const keyId = context.get('apiKey').id;
  const name = (await apiKeys.list()).find(({ id }) => id === keyId)?.name ?? keyId;
  return by === undefined ? `API key ${name}` : `${by} (API key ${name})`;
}

/**
 * A condition in SQL can ask for anything, personal data too.
 * @throws CdpError `http.key_scope` where a key that may only read sends a document that has one.
 */
export function assertMayAskSql(context: Context<HttpEnvironment>, document: unknown): void {
  if (context.get('apiKey').scopes.includes('admin') || !JSON.stringify(document).includes('"sql":')) return;
  throw errors.key_scope('The API key lacks the scope admin, which a condition in SQL needs');
}

/**
 * Whether personal data goes out as it is. A key that may only read gets it masked.
 * @throws CdpError `http.key_scope` where such a key asks for it all the same.
 */
export function mayUnmask(context: Context<HttpEnvironment>, { unmask }: { readonly unmask: boolean }): boolean {
  if (unmask && !context.get('apiKey').scopes.includes('admin'))
    throw errors.key_scope('The API key lacks the scope admin, which `unmask` needs');
  return unmask;
}
