/** Lets a server process notice that its keeper is gone, even when a foreign call blocks the server's main thread for ever. */
import { Worker } from 'node:worker_threads';

// The worker blocks on stdin, a pipe whose other end only the keeper holds. The kernel closes it when the keeper ends, also by kill -9. The
// worker is plain JavaScript in a string, because a worker that loads from a file waits for the main thread, which may never run again.
const WATCH = `
const { readSync } = require('node:fs');
const { parentPort } = require('node:worker_threads');
parentPort.postMessage('watching');
const rest = Buffer.alloc(16);
try {
  while (readSync(0, rest) > 0);
} finally {
  process.kill(process.pid, 'SIGTERM');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${10_000});
  process.kill(process.pid, 'SIGKILL');
}`;

/**
 * After this returns, the process gets SIGTERM as soon as its stdin closes, and SIGKILL when it has not ended ten seconds later. Call it
 * before anything that blocks. From then on the process must end by SIGKILL: an ordinary exit waits for the worker, and the worker for
 * stdin.
 */
export async function endWithParent(): Promise<void> {
  const worker = new Worker(WATCH, { eval: true });
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
  });
  worker.unref();
}
