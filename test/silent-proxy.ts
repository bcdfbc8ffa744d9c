/** A proxy in front of a server whose open connections can go silent: nothing passes any more and nobody is told. New ones work. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface SilentProxy {
  readonly url: string;
  /** How many connections were made. */
  readonly connections: number;
  /** Every connection that is open now goes silent. @returns how many. */
  silence(): number;
  /** From now on each new connection is silent as soon as `bytes` have come back over it. Undefined: none is. */
  silenceAfter(bytes: number | undefined): void;
  /** Breaks every open connection, as a proxy that restarts does. */
  reset(): void;
  close(): Promise<void>;
}

interface Lane {
  readonly client: Socket;
  readonly server: Socket;
  isSilent: boolean;
}

export async function silentProxy(target: string): Promise<SilentProxy> {
  const { hostname, port } = new URL(target);
  const lanes = new Set<Lane>();
  let connections = 0;
  let mostBytes: number | undefined;

  const proxy = createServer((client) => {
    connections += 1;
    const lane: Lane = { client, server: connect(Number(port), hostname), isSilent: false };
    lanes.add(lane);
    let returned = 0;
    client.on('data', (bytes) => lane.isSilent || lane.server.write(bytes));
    lane.server.on('data', (bytes) => {
      returned += bytes.length;
      if (mostBytes !== undefined && returned > mostBytes) lane.isSilent = true;
      if (!lane.isSilent) client.write(bytes);
    });
    for (const [end, other] of [
      [client, lane.server],
      [lane.server, client],
    ] as const) {
      end.on('error', () => undefined);
      end.on('close', () => {
        if (!lane.isSilent || end === client) other.destroy();
        if (end === client) lanes.delete(lane);
      });
    }
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');

  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    silence() {
      for (const lane of lanes) lane.isSilent = true;
      return lanes.size;
    },
    silenceAfter(bytes) {
      mostBytes = bytes;
    },
    reset() {
      for (const { client } of lanes) client.resetAndDestroy();
    },
    async close() {
      for (const { client, server } of lanes) {
        client.destroy();
        server.destroy();
      }
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
