/** Sends the journeys as a shop would: with the real SDK, over real HTTP, to the running service, with real write keys. */
import { Analytics } from '@segment/analytics-node';
import type { Call, Channel } from './calls.ts';
import { demoErrors } from './errors.ts';

export interface Shop {
  /** Address of the running service. */
  readonly host: string;
  readonly writeKeys: Readonly<Record<Channel, string>>;
}

/** Calls handed to the SDK before it is flushed: it posts all that it holds at once, so this bounds what is in flight. */
const CALLS_PER_FLUSH = 1_000;
const CALLS_PER_REQUEST = 100;

/** @throws CdpError `demo.events_refused` when the SDK gave up on any of them. */
export async function sendJourneys(shop: Shop, calls: readonly Call[], onProgress: (done: number) => void): Promise<void> {
  const failures: string[] = [];
  const connect = (channel: Channel) => {
    const analytics = new Analytics({
      host: shop.host,
      writeKey: shop.writeKeys[channel],
      flushAt: CALLS_PER_REQUEST,
      flushInterval: 1_000,
    });
    return analytics.on('error', (error) => failures.push(`${error.code}: ${String(error.reason)}`));
  };
  const clients = { web: connect('web'), app: connect('app') };

  try {
    for (let from = 0; from < calls.length; from += CALLS_PER_FLUSH) {
      for (const call of calls.slice(from, from + CALLS_PER_FLUSH)) make(clients[call.channel], call);
      await Promise.all([clients.web.flush({ timeout: 30_000 }), clients.app.flush({ timeout: 30_000 })]);
      onProgress(Math.min(from + CALLS_PER_FLUSH, calls.length));
    }
  } finally {
    await Promise.all([clients.web.closeAndFlush({ timeout: 5_000 }), clients.app.closeAndFlush({ timeout: 5_000 })]);
  }
  if (failures.length > 0) throw demoErrors.events_refused(`The SDK gave up on ${failures.length} calls. The first: ${failures[0]}`);
}

function make(analytics: Analytics, call: Call): void {
  const common = { ...call.who, timestamp: call.at, messageId: call.messageId, context: { ...call.context } };
  switch (call.kind) {
    case 'identify':
      analytics.identify({ ...common, traits: { ...call.data } });
      break;
    case 'track':
      analytics.track({ ...common, event: call.name, properties: { ...call.data } });
      break;
    case 'page':
      analytics.page({ ...common, name: call.name, properties: { ...call.data } });
      break;
    case 'screen':
      analytics.screen({ ...common, name: call.name, properties: { ...call.data } });
      break;
  }
}
