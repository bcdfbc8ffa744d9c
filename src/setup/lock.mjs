/** One set-up at a time per folder: two commands in two terminals must not install over each other. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAbandoned } from './decisions.mjs';

/**
 * Waits until no other set-up is at work, then holds the lock until `release`.
 * @param {string} path
 * @param {(pids: string) => void} onWait called once, when another process holds it
 */
export async function takeLock(path, onWait) {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, `${process.pid}`);
  process.once('exit', () => rmSync(own, { force: true }));
  let hasWaited = false;
  while (!tryLink(own, path)) {
    const holder = readOrUndefined(path);
    if (holder === undefined) continue;
    if (isAbandoned(holder, isAlive)) {
      takeAway(path, own);
      continue;
    }
    if (!hasWaited) onWait(holder.trim().split('\n').join(', '));
    hasWaited = true;
    await sleep(300);
  }
  // The two names are one file as long as both are there, and `note` must not write into the lock in place.
  rmSync(own);
  return {
    /** Notes an installer in the lock: it may outlive us. @param {number | undefined} pid */
    note(pid) {
      // Written aside and renamed: a reader never sees half a file.
      writeFileSync(own, `${process.pid}\n${pid ?? ''}`);
      renameSync(own, path);
    },
    release() {
      rmSync(path, { force: true });
    },
  };
}

/** `link` fails when the target exists, and shows the whole content at once when it does not: the lock is never seen empty. */
function tryLink(/** @type {string} */ from, /** @type {string} */ to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/**
 * Removes an abandoned lock. Between looking and removing, another waiter may have done the same and taken the lock: what was moved aside
 * is looked at again, and put back when it belongs to a process that is alive.
 * @param {string} path
 * @param {string} own
 */
function takeAway(path, own) {
  const aside = `${own}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  if (!isAbandoned(readOrUndefined(aside) ?? '', isAlive)) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function readOrUndefined(/** @type {string} */ path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isAlive(/** @type {number} */ pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to another user.
    return isCode(error, 'EPERM');
  }
}

function isCode(/** @type {unknown} */ error, /** @type {string} */ code) {
  return error instanceof Error && 'code' in error && error.code === code;
}
