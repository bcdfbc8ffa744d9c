import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { serverXml, usersXml } from './config.ts';

const passwords = { owner: 'o<&>', reader: 'r', publisher: 'p', bi: 'b' };
const users = usersXml({
  prefix: 'acme',
  passwords,
  limits: { maxSeconds: 60, maxMemoryMb: 1_024, maxUserMemoryMb: 2_048, maxRows: 1_000, maxThreads: 1 },
  biDatabases: ['marts'],
});

/** Whether every tag is closed by a tag of its own name, comments aside. */
function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  for (const [, closing, name, selfClosing] of xml.replace(/<!--[\s\S]*?-->/g, '').matchAll(/<(\/?)([\w]+)(\/?)>/g)) {
    if (selfClosing === '/') continue;
    if (closing === '') open.push(name ?? '');
    else if (open.pop() !== name) return false;
  }
  return open.length === 0;
}

test('both files are well-formed, whatever the paths hold', () => {
  expect(isWellFormed(users)).toBe(true);
  const server = serverXml({ data: '/home/a&b/<c>/', users: '/u.xml' }, 1, 0.6);
  expect(isWellFormed(server)).toBe(true);
  expect(server).toContain('<path>/home/a&amp;b/&lt;c&gt;/</path>');
});

// A login that the native protocol refuses ends the server.
test('the server listens on loopback only, and by HTTP only', () => {
  expect(serverXml({ data: '/d/', users: '/u.xml' }, 1, 0.6).match(/<\w+_port>/g)).toEqual(['<http_port>']);
  expect(serverXml({ data: '/d/', users: '/u.xml' }, 1, 0.6).match(/<listen_host>.*<\/listen_host>/g)).toEqual([
    '<listen_host>127.0.0.1</listen_host>',
  ]);
});

describe('users', () => {
  test('the file holds no password, but the hash of each', () => {
    expect(users.match(/<password>.*?<\/password>/g)).toEqual(['<password></password>']);
    expect(users.match(/<password_sha256_hex>[0-9a-f]{64}<\/password_sha256_hex>/g)).toHaveLength(Object.keys(passwords).length);
    expect(users).toContain(createHash('sha256').update(passwords.owner).digest('hex'));
  });

  test('the password-less default user has the right to start listeners, and no other, for the one session that is there first', () => {
    expect(/<default><password><\/password>[\s\S]*?<\/default>/.exec(users)?.[0].match(/<query>.*?<\/query>/g)).toEqual([
      '<query>GRANT SYSTEM LISTEN ON *.*</query>',
    ]);
  });

  test.each(['reader', 'publisher', 'bi'])('sluice_%s has grants: without any it would inherit every right', (role) => {
    expect(users).toMatch(new RegExp(`<sluice_${role}>.*<profile>${role}</profile>[\\s\\S]*?<grants><query>GRANT select`));
  });

  test('limits may be lowered, not lifted or switched off', () => {
    expect(users).toContain('<max_execution_time><min>1</min><max>60</max></max_execution_time>');
    expect(users).toContain('<readonly><readonly/></readonly>');
  });
});
