/** Fetches the tokens of an OAuth login over the connector's own transport. */
import { importPKCS8, SignJWT } from 'jose';
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  genericTokenEndpointRequest,
  processGenericTokenEndpointResponse,
  ResponseBodyError,
} from 'oauth4webapi';
import type { OAuthClient, TokenAuthentication } from './authentication.ts';
import type { HttpReply } from './connector.ts';
import type { DeliveryClock } from './deliver.ts';
import type { Fault } from './fault.ts';
import { faultOfStatus } from './http-fault.ts';
import type { Tokens } from './token-keeper.ts';
import { isFault, type Transport } from './transport.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** Google takes statements of an hour at most. */
const STATEMENT_SECONDS = 3_600;

/** The service has told us what is wrong with the request, or nothing could be reached. */
class Unanswered extends Error {
  override readonly name = 'Unanswered';
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

interface Grant {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly clientId: string;
  readonly clientAuth: ClientAuth;
}

/** @param newest the tokens that are kept: their refresh token comes before that of the settings. */
export async function fetchTokens<Config>(
  auth: TokenAuthentication<Config>,
  config: Config,
  newest: Tokens | undefined,
  { transport, clock }: { readonly transport: Transport; readonly clock: Pick<DeliveryClock, 'now'> },
): Promise<Tokens | Fault> {
  const address = auth.tokenUrl(config);
  const server = { issuer: new URL(address).origin, token_endpoint: address };
  try {
    const { type, parameters, clientId, clientAuth } = await grantOf(auth, config, newest, clock.now());
    const client = { client_id: clientId };
    const response = await genericTokenEndpointRequest(
      server,
      client,
      clientAuth,
      type,
      { ...parameters },
      {
        // Which addresses may be used without encryption is the transport's decision.
        [allowInsecureRequests]: true,
        [customFetch]: fetchOver(transport, clock),
      },
    );
    const reply = await processGenericTokenEndpointResponse(server, client, response);
    const expiresAt = reply.expires_in === undefined ? undefined : new Date(clock.now().getTime() + 1_000 * reply.expires_in);
    const refreshToken = auth.kind === 'refresh_token' ? (reply.refresh_token ?? parameters.refresh_token) : undefined;
    return { accessToken: reply.access_token, expiresAt, refreshToken };
  } catch (error) {
    return faultOf(error);
  }
}

async function grantOf<Config>(auth: TokenAuthentication<Config>, config: Config, newest: Tokens | undefined, now: Date): Promise<Grant> {
  switch (auth.kind) {
    case 'client_credentials': {
      const scope = auth.scope?.(config);
      const client = auth.client(config);
      const parameters = scope === undefined ? {} : { scope };
      return { type: 'client_credentials', parameters, clientId: client.id, clientAuth: clientAuthOf(client) };
    }
    case 'refresh_token': {
      const client = auth.client(config);
      const parameters = { refresh_token: newest?.refreshToken ?? auth.refreshToken(config) };
      return { type: 'refresh_token', parameters, clientId: client.id, clientAuth: clientAuthOf(client) };
    }
    case 'service_account': {
      const { email, privateKey, keyId } = auth.account(config);
      const issuedAt = Math.floor(now.getTime() / 1_000);
      const key = await importPKCS8(privateKey, 'RS256').catch(() => {
        throw new Unanswered({
          kind: 'config',
          message: 'the private key of the service account cannot be read: PKCS #8 in PEM is expected',
        });
      });
      const assertion = await new SignJWT({ scope: auth.scope })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) })
        .setIssuer(email)
        .setAudience(auth.tokenUrl(config))
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + STATEMENT_SECONDS)
        .sign(key);
      // The statement says who calls; there is no secret beside it.
      return { type: JWT_BEARER, parameters: { assertion }, clientId: email, clientAuth: () => undefined };
    }
  }
}

const clientAuthOf = ({ secret, sentAs }: OAuthClient): ClientAuth =>
  sentAs === 'basic' ? ClientSecretBasic(secret) : ClientSecretPost(secret);

interface Asked {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** @throws Unanswered by the function it makes. */
function fetchOver(transport: Transport, clock: Pick<DeliveryClock, 'now'>) {
  return async (url: string, { headers, body }: Asked): Promise<Response> => {
    const reply = await transport.send({ method: 'POST', url, headers, body: String(body ?? '') });
    if (isFault(reply)) throw new Unanswered(reply);
    // The library reads 2xx and the errors of RFC 6749, 5.2, which are 400 and 401.
    if (reply.status >= 300 && reply.status !== 400 && reply.status !== 401) throw new Unanswered(faultOfLogin(reply, clock.now()));
    return new Response(reply.body, { status: reply.status, headers: reply.headers });
  };
}

function faultOfLogin(reply: HttpReply, now: Date): Fault {
  const fault = faultOfStatus(reply, now);
  return { ...fault, message: `the login: ${fault.message}` };
}

/** Nothing of the rows has been sent yet, whatever went wrong. */
function faultOf(error: unknown): Fault {
  if (error instanceof Unanswered) {
    const { fault } = error;
    return fault.kind === 'unknown_result' || fault.kind === 'transient'
      ? { kind: 'transient', message: `the login: ${fault.message}`, isUnsent: true }
      : fault;
  }
  // `error_description` may quote what was sent.
  if (error instanceof ResponseBodyError) return { kind: 'auth', message: `the login was refused: ${error.error}` };
  return { kind: 'auth', message: 'the login: the answer is not that of a token endpoint' };
}
