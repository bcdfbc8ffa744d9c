/** Calls one destination as the account of its settings: adds the login, renews it when it has expired, tells replies from faults. */
import { handsOutTokens } from './authentication.ts';
import type { Connector, HttpReply, HttpRequest } from './connector.ts';
import type { DeliveryClock } from './deliver.ts';
import type { Fault } from './fault.ts';
import { faultOfStatus } from './http-fault.ts';
import { allowsPrivateNetwork } from './private-network.ts';
import { createTokenKeeper, type TokenKeeper, type Tokens } from './token-keeper.ts';
import { createTransport, isFault, type Transport, type TransportLimits } from './transport.ts';
import { fetchTokens } from './transport-tokens.ts';

export interface CallerOptions {
  readonly connector: Connector;
  readonly config: Record<string, unknown>;
  readonly clock: Pick<DeliveryClock, 'now'>;
  readonly transportLimits?: Partial<TransportLimits>;
  readonly tokens?: TokenKeeper;
}

export interface Caller {
  /** A reply of 2xx, or the fault. */
  send(request: HttpRequest, batchId: string): Promise<HttpReply | Fault>;
  close(): Promise<void>;
}

/** A token is not used in its last minute: it may expire on the way. */
const LEEWAY_MS = 60_000;

export function openCaller({ connector, config, clock, transportLimits, tokens }: CallerOptions): Caller {
  const transport = createTransport({
    hosts: connector.hosts(config),
    allowPrivateNetwork: allowsPrivateNetwork(config),
    allowUnencrypted: config.allow_unencrypted === true,
    connections: connector.limits.concurrency,
    ...(transportLimits ? { limits: transportLimits } : {}),
  });
  const login = createLogin({ connector, config, clock, transport, keeper: tokens ?? createTokenKeeper() });
  const classify = (reply: HttpReply) => connector.classify?.(reply, clock.now()) ?? faultOfStatus(reply, clock.now());

  async function sendOnce(request: HttpRequest, batchId: string): Promise<HttpReply | Fault> {
    const headers = await login.headers(request, batchId);
    return isFault(headers) ? headers : transport.send({ ...request, headers: { ...request.headers, ...headers } });
  }

  return {
    async send(request, batchId) {
      let reply = await sendOnce(request, batchId);
      // Turned away unread: a token may end before its time.
      if (!isFault(reply) && reply.status === 401 && login.renew()) reply = await sendOnce(request, batchId);
      if (isFault(reply)) return reply;
      return reply.status >= 200 && reply.status < 300 ? reply : classify(reply);
    },
    close: () => transport.close(),
  };
}

interface LoginOptions extends Pick<CallerOptions, 'connector' | 'config' | 'clock'> {
  readonly transport: Transport;
  readonly keeper: TokenKeeper;
}

interface Login {
  headers(request: HttpRequest, batchId: string): Promise<Readonly<Record<string, string>> | Fault>;
  /** Whether another try may have another token. */
  renew(): boolean;
}

function createLogin({ connector, config, clock, transport, keeper }: LoginOptions): Login {
  const { auth } = connector;
  if (!handsOutTokens(auth)) {
    return {
      renew: () => false,
      async headers(request, batchId) {
        switch (auth.kind) {
          case 'none':
            return {};
          case 'bearer':
            return { authorization: `Bearer ${auth.token(config)}` };
          case 'header':
            return { [auth.name.toLowerCase()]: auth.value(config) };
          case 'basic':
            return { authorization: `Basic ${Buffer.from(`${auth.user(config)}:${auth.password(config)}`).toString('base64')}` };
          case 'signature':
            return auth.sign(request, config, { batchId, at: clock.now() });
        }
      },
    };
  }

  let current: Tokens | undefined;
  let refused: Tokens | undefined;
  const isGood = (tokens: Tokens | undefined): tokens is Tokens =>
    tokens !== undefined &&
    tokens.accessToken !== refused?.accessToken &&
    (tokens.expiresAt === undefined || tokens.expiresAt.getTime() - LEEWAY_MS > clock.now().getTime());
  return {
    async headers() {
      if (!isGood(current)) current = await keeper.read();
      if (!isGood(current)) {
        const useless = current;
        const fetched = await keeper.replace(useless, (newest) => fetchTokens(auth, config, newest, { transport, clock }));
        if (isFault(fetched)) return fetched;
        current = fetched;
      }
      return { authorization: `Bearer ${current.accessToken}` };
    },
    renew() {
      // One new token for a refusal: when that one is refused too, the login itself is wrong.
      if (current === undefined || refused?.accessToken === current.accessToken) return false;
      refused = current;
      return true;
    },
  };
}
