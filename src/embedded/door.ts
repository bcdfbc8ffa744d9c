/**
 * Limits what strangers may cost a local server before they have shown a token or a password: a few seconds each, and only so many at once.
 */
import type { Socket } from 'node:net';

export interface Door {
  /**
   * Calls `turnAway`, which must end the connection, when a client is not let in for too long, or when so many others wait that the oldest
   * must go. Our own clients show their token or password within milliseconds, so the oldest is never one of ours.
   * @returns a function that lets the connection in: from then on nothing here ends it.
   */
  knock(socket: Socket, turnAway: () => void): () => void;
}

export interface DoorLimits {
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
}

/** A socket and its buffers take some 20 kB, so all waiting strangers together hold a megabyte or two. */
const LIMITS: DoorLimits = { maxWaiting: 64, maxWaitMs: 5_000 };

export function createDoor({ maxWaiting, maxWaitMs }: DoorLimits = LIMITS): Door {
  /** In the order of arrival. */
  const waiting = new Map<Socket, () => void>();
  return {
    knock(socket, turnAway) {
      const [oldest] = waiting;
      if (oldest !== undefined && waiting.size >= maxWaiting) {
        waiting.delete(oldest[0]);
        oldest[1]();
      }
      waiting.set(socket, turnAway);
      const late = setTimeout(turnAway, maxWaitMs);
      const leave = () => {
        clearTimeout(late);
        waiting.delete(socket);
      };
      socket.once('close', leave);
      return leave;
    },
  };
}
