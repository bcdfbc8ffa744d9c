/**
 * Decides how much of collection may be under way at once, so that its memory stays bounded whatever comes.
 *
 * A request takes room before its body is read, and gives it back when it is answered. The room covers the bytes as sent, unpacked and
 * parsed, and the rows that wait to be stored. A request that finds no room waits for a moment, unread, which costs next to nothing; after
 * that it is refused. Waiting keeps the rate up: a refused client comes back at once, and each refusal costs as much as a small batch.
 */
import { getHeapStatistics } from 'node:v8';
import type { Config } from '../config.ts';
import { errors } from './errors.ts';
import { createBucket } from './token-bucket.ts';

/** The owner of a request, as far as limits go. */
export interface Owner {
  /** Id of the API key. */
  readonly id: string;
  /** The key's own limit; without one, `maxMessagesPerSecond` of the limits. */
  readonly maxMessagesPerSecond?: number | null | undefined;
}

export interface AdmissionLimits {
  /** Bytes of all requests under way. */
  readonly maxBytes: number;
  /** Number of requests that may wait, over all connections. Each holds a connection. */
  readonly maxWaiting: number;
  /** How long a request may wait for room. Clients give up after 10 to 60 s, of which storing takes some. */
  readonly waitMs: number;
  /** Limit of one key, counted over ten seconds. */
  readonly maxMessagesPerSecond: number;
  /** Text of rejected messages that is kept for one key, counted over a minute. */
  readonly maxRejectedBytesPerSecond: number;
}

export const DEFAULT_LIMITS: AdmissionLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxWaiting: 2_000,
  waitMs: 5_000,
  maxMessagesPerSecond: 100_000,
  maxRejectedBytesPerSecond: 256 * 1024,
};

/** The rest is for what is being parsed, for inserts under way, and for everything else that the service does. */
const HEAP_SHARE = 4;

/** @param heapBytes of this process: a setting that does not fit it would end it. */
export function admissionLimits(
  config: Pick<
    Config,
    | 'SLUICE_COLLECT_MEMORY_MB'
    | 'SLUICE_COLLECT_WAIT_SECONDS'
    | 'SLUICE_MAX_CONNECTIONS'
    | 'SLUICE_KEY_MAX_MESSAGES_PER_SECOND'
    | 'SLUICE_KEY_MAX_REJECTED_KB_PER_SECOND'
  >,
  heapBytes = getHeapStatistics().heap_size_limit,
): AdmissionLimits {
  return {
    maxBytes: Math.min(config.SLUICE_COLLECT_MEMORY_MB * 1024 * 1024, heapBytes / HEAP_SHARE),
    maxWaiting: config.SLUICE_MAX_CONNECTIONS,
    waitMs: config.SLUICE_COLLECT_WAIT_SECONDS * 1_000,
    maxMessagesPerSecond: config.SLUICE_KEY_MAX_MESSAGES_PER_SECOND,
    maxRejectedBytesPerSecond: config.SLUICE_KEY_MAX_REJECTED_KB_PER_SECOND * 1024,
  };
}

/** The room of a request that was let in. */
export interface AdmittedRequest {
  /**
   * Sets the bytes that the request holds from now on. Never waits: a request that holds room and waits for more could wait for itself.
   * @throws CdpError `collect.overloaded`.
   */
  hold(bytes: number): void;
  /** For a request whose key was in its body: moves it from the room for unknown keys to that of its key. @throws as `enter`. */
  moveTo(owner: Owner): Promise<void>;
  /** Gives everything back. */
  leave(): void;
}

export interface Admission {
  /**
   * @param owner undefined for a request whose key, if it has one, is in its body. Until the key is known, such requests share a small
   * room.
   * @throws CdpError `collect.overloaded` after a wait, `collect.rate_limited`.
   */
  enter(owner: Owner | undefined, bytes: number): Promise<AdmittedRequest>;
  /**
   * Counts messages against the rate of a key. These messages are taken in any case; when they were too many, the next request is refused.
   */
  countMessages(owner: Owner, messages: number): void;
  /** Whether the text of a rejected message of so many bytes is kept. Past its rate, a key's rejected messages are only counted. */
  mayKeep(owner: Owner, bytes: number): boolean;
}

/** Share of all room for requests whose key is not known yet: sixteen of the largest at once, and thousands of single messages. */
const STRANGERS_SHARE = 1 / 4;
/**
 * Share of that room in which requests of one key may wait. Without it, one key that floods would keep out every other key that comes in a
 * body.
 */
const MOVING_SHARE = 1 / 4;
/** Share of the room for known keys that one key may hold, so that the others always find some. */
const KEY_SHARE = 3 / 4;
const MESSAGES_BURST_SECONDS = 10;
const REJECTED_BURST_SECONDS = 60;

export function createAdmission(limits: AdmissionLimits = DEFAULT_LIMITS, nowMs: () => number = () => performance.now()): Admission {
  const strangers = createRoom({ ...limits, maxBytes: limits.maxBytes * STRANGERS_SHARE, shareOfOne: 1 });
  const known = createRoom({ ...limits, maxBytes: limits.maxBytes * (1 - STRANGERS_SHARE), shareOfOne: KEY_SHARE });
  /** By key: requests in the room for unknown keys that wait to move to the room of their key. */
  const moving = new Map<string, number>();
  const messages = createBucket(MESSAGES_BURST_SECONDS, nowMs);
  const rejectedBytes = createBucket(REJECTED_BURST_SECONDS, nowMs);

  function assertRate(owner: Owner): void {
    const waitSeconds = messages.secondsUntilFree(owner.id, rateOf(owner));
    if (waitSeconds > 0) {
      throw errors.rate_limited('The write key has sent more messages than it may per second', {
        context: { retry_after_seconds: Math.ceil(waitSeconds) },
      });
    }
  }

  const rateOf = (owner: Owner) => owner.maxMessagesPerSecond ?? limits.maxMessagesPerSecond;

  return {
    async enter(owner, bytes) {
      if (owner !== undefined) assertRate(owner);
      let room = owner === undefined ? strangers : known;
      let name = owner?.id ?? '';
      let held = bytes;
      await room.take(name, bytes);
      return {
        hold(now) {
          room.change(name, now - held);
          held = now;
        },
        async moveTo(next) {
          assertRate(next);
          const bytes = held;
          const all = (moving.get(next.id) ?? 0) + bytes;
          if (!known.hasRoom(next.id, bytes) && all > limits.maxBytes * STRANGERS_SHARE * MOVING_SHARE)
            throw errors.overloaded('Too many requests are under way');
          moving.set(next.id, all);
          try {
            await known.take(next.id, bytes);
          } finally {
            const left = (moving.get(next.id) ?? 0) - bytes;
            if (left > 0) moving.set(next.id, left);
            else moving.delete(next.id);
          }
          room.change(name, -bytes);
          room = known;
          name = next.id;
        },
        leave() {
          room.change(name, -held);
          held = 0;
        },
      };
    },
    countMessages: (owner, count) => messages.spend(owner.id, rateOf(owner), count),
    mayKeep(owner, bytes) {
      const rate = limits.maxRejectedBytesPerSecond;
      if (rejectedBytes.secondsUntilFree(owner.id, rate) > 0) return false;
      rejectedBytes.spend(owner.id, rate, bytes);
      return true;
    },
  };
}

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

interface RoomLimits extends Pick<AdmissionLimits, 'maxBytes' | 'maxWaiting' | 'waitMs'> {
  /** Share of the room that one name may hold. */
  readonly shareOfOne: number;
}

/** Requests that were let in may grow past a full room by this factor. Refusing them after they were read would waste the reading. */
const ROOM_TO_GROW = 1.25;

/** A number of bytes, taken by name. Each name has its own queue, and the queues take turns: a long queue delays no other name. */
function createRoom({ maxBytes, maxWaiting, waitMs, shareOfOne }: RoomLimits) {
  const heldBy = new Map<string, number>();
  const lines = new Map<string, Waiting[]>();
  let held = 0;
  let waiting = 0;
  /** Whether a request waits that only the size of the whole room keeps out, not the share of its name. */
  let isFull = false;

  function add(name: string, bytes: number): void {
    held += bytes;
    const left = (heldBy.get(name) ?? 0) + bytes;
    if (left > 0) heldBy.set(name, left);
    else heldBy.delete(name);
  }

  const fitsShare = (name: string, bytes: number) => (heldBy.get(name) ?? 0) + bytes <= maxBytes * shareOfOne;

  /** A newcomer may pass neither a request of the same name nor one that waits because the whole room is full. */
  const hasRoom = (name: string, bytes: number) => !isFull && !lines.has(name) && held + bytes <= maxBytes && fitsShare(name, bytes);

  /**
   * Lets in the requests that fit. The first one that finds the whole room full ends the round, so that smaller ones cannot pass it for
   * ever.
   */
  function serve(): void {
    isFull = false;
    for (let isServed = true; isServed && waiting > 0; ) {
      isServed = false;
      for (const [name, line] of [...lines]) {
        const first = line[0];
        if (first === undefined || !fitsShare(name, first.bytes)) continue;
        isFull = held + first.bytes > maxBytes;
        if (isFull) return;
        leaveLine(name, first);
        add(name, first.bytes);
        first.enter();
        isServed = true;
      }
    }
  }

  function leaveLine(name: string, who: Waiting): void {
    const line = lines.get(name) ?? [];
    const place = line.indexOf(who);
    if (place < 0) return;
    line.splice(place, 1);
    waiting -= 1;
    // The other queues come before the rest of this one.
    lines.delete(name);
    if (line.length > 0) lines.set(name, line);
  }

  return {
    hasRoom,
    /** Resolves when there was room. @throws CdpError `collect.overloaded`. */
    take(name: string, bytes: number): Promise<void> {
      if (hasRoom(name, bytes)) {
        add(name, bytes);
        return Promise.resolve();
      }
      if (waiting >= maxWaiting) return Promise.reject(errors.overloaded('Too many requests are waiting'));
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          leaveLine(name, who);
          reject(errors.overloaded('Too many requests are under way'));
          serve();
        }, waitMs);
        const who: Waiting = {
          bytes,
          enter() {
            clearTimeout(late);
            resolve();
          },
        };
        const line = lines.get(name);
        if (line === undefined) lines.set(name, [who]);
        else line.push(who);
        waiting += 1;
        serve();
      });
    },
    /** Takes more at once, or gives back. @throws CdpError `collect.overloaded`. */
    change(name: string, bytes: number): void {
      if (bytes > 0 && held + bytes > maxBytes * ROOM_TO_GROW) throw errors.overloaded('Too many requests are under way');
      add(name, bytes);
      if (bytes < 0) serve();
    },
  };
}
