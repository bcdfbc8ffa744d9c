/** The only place that speaks HTTP to destinations: time limits, size limits, allowed hosts and addresses, no redirects. */
import { isIP } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { isPublicAddress, isPublicHost, publicLookup } from '../network/public-address.ts';
import type { HttpReply, HttpRequest } from './connector.ts';
import type { Fault } from './fault.ts';

export interface TransportLimits {
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  /** From the first byte sent to the last byte received. Standard Webhooks asks senders for 15 to 30 s. */
  readonly totalTimeoutMs: number;
  readonly maxReplyBytes: number;
}

export const defaultTransportLimits: TransportLimits = {
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 30_000,
  bodyTimeoutMs: 30_000,
  totalTimeoutMs: 60_000,
  maxReplyBytes: 1_048_576,
};

export interface TransportOptions {
  readonly hosts: readonly string[];
  readonly allowPrivateNetwork: boolean;
  /** Whether http:// may be used to a public host too: the rows can then be read on the way. */
  readonly allowUnencrypted: boolean;
  readonly connections: number;
  readonly limits?: Partial<TransportLimits>;
}

export interface Transport {
  /** The reply, whatever its status, or the fault that prevented it. Never throws for what the network does. */
  send(request: HttpRequest): Promise<HttpReply | Fault>;
  close(): Promise<void>;
}

export const isFault = (result: object): result is Fault => 'kind' in result;

export function createTransport(options: TransportOptions): Transport {
  const limits = { ...defaultTransportLimits, ...options.limits };
  const agent = new Agent({
    connections: options.connections,
    // One request per connection at a time: when a request dies, a pipelined one behind it would needlessly get an unknown outcome.
    pipelining: 1,
    connect: { timeout: limits.connectTimeoutMs, ...(options.allowPrivateNetwork ? {} : { lookup: publicLookup }) },
    headersTimeout: limits.headersTimeoutMs,
    bodyTimeout: limits.bodyTimeoutMs,
  });

  return {
    async send(request) {
      const forbidden = refusal(request.url, options);
      if (forbidden) return forbidden;
      const unencrypted = await unencryptedTo(request.url, options).catch((error: unknown) => faultOfNetwork(error, false));
      if (unencrypted) return unencrypted;
      const timeLimit = AbortSignal.timeout(limits.totalTimeoutMs);
      try {
        const url = new URL(request.url);
        const response = await agent.request({
          origin: url.origin,
          path: url.pathname + url.search,
          method: request.method,
          headers: { ...request.headers },
          body: request.body === '' ? null : request.body,
          signal: timeLimit,
        });
        const body = await readBody(response.body, limits.maxReplyBytes);
        if (body === undefined) {
          return { kind: 'vendor_contract', message: `HTTP ${response.statusCode} with more than ${limits.maxReplyBytes} bytes` };
        }
        return { status: response.statusCode, headers: flatten(response.headers), body };
      } catch (error) {
        return faultOfNetwork(error, timeLimit.aborted);
      }
    },
    close: () => agent.close(),
  };
}

/** Checked for every request, because a literal IP address never passes through the look-up. */
function refusal(address: string, { hosts, allowPrivateNetwork }: TransportOptions): Fault | undefined {
  const url = URL.parse(address);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return { kind: 'config', message: 'the address is not an http(s) URL' };
  if (!hosts.includes(url.hostname)) return { kind: 'config', message: `${url.hostname} is not among the hosts of this connector` };
  const bare = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivateNetwork && isIP(bare) !== 0 && !isPublicAddress(bare)) return privateAddress(url.hostname);
  return undefined;
}

/**
 * The owner decides whether to trust a private network. Over a public one personal data must be encrypted, unless the owner says otherwise.
 * @throws the resolver's error.
 */
async function unencryptedTo(address: string, { allowUnencrypted }: TransportOptions): Promise<Fault | undefined> {
  const { protocol, hostname } = new URL(address);
  if (protocol === 'https:' || allowUnencrypted || !(await isPublicHost(hostname))) return undefined;
  return {
    kind: 'config',
    message: `${hostname} is on a public network and the address is not encrypted: write https://, or set allow_unencrypted: true in the destination if that is meant`,
  };
}

const privateAddress = (host: string): Fault => ({
  kind: 'config',
  message: `${host} is an address of a private network; set allow_private_network: true in the destination if that is meant`,
});

async function readBody(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    // Leaving the loop destroys the stream and its connection, so that the rest is never read.
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

/** Failures before the destination can have read a byte of the request: nothing was applied. */
const beforeSending = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

function faultOfNetwork(error: unknown, isTimeLimit: boolean): Fault {
  const code = codeOf(error);
  if (code === 'FORBIDDEN_ADDRESS')
    return privateAddress(error instanceof Error ? (error.message.split(' ')[0] ?? 'the host') : 'the host');
  if (beforeSending.has(code)) return { kind: 'transient', message: `no connection (${code})`, isUnsent: true };
  if (/^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_SSL)/.test(code))
    return { kind: 'config', message: `the certificate is not accepted (${code})` };
  // The answer is not HTTP: a bug at the other end, or another program listens there. It has read the request in any case.
  if (code.startsWith('HPE_') || code === 'HTTPParserError')
    return { kind: 'vendor_contract', message: `the answer is not HTTP (${code})` };
  return {
    kind: 'unknown_result',
    message: isTimeLimit ? 'no complete answer within the time limit' : `the connection ended before the answer (${code})`,
  };
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'UNKNOWN';
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? codeOf(error.cause) : error instanceof Error ? error.name : 'UNKNOWN';
}
