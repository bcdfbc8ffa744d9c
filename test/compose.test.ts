/** docker-compose.yml, .env.example and Dockerfile, as far as they can be judged without a container engine. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { Environment, readConfig } from '../src/config.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');

const duration = z.string().regex(/^(\d+(h|ms|m|s|us))+$/);

/** The part of the Compose specification that the file uses; strict, so that a mistyped key fails. https://github.com/compose-spec/compose-spec */
const Service = z.strictObject({
  image: z.string(),
  build: z.string().optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.enum(['service_started', 'service_healthy']) })).default({}),
  environment: z.record(z.string(), z.string()),
  ports: z.array(z.string().regex(/^(?<host>[\d.]+):(\d+):(\d+)$/, 'bound to an address of the host')).default([]),
  volumes: z.array(z.string().regex(/^[^:]+:\/[^:]+(:ro)?$/)).default([]),
  ulimits: z.record(z.string(), z.strictObject({ soft: z.int(), hard: z.int() })).optional(),
  healthcheck: z.strictObject({
    test: z.tuple([z.literal('CMD')], z.string()),
    interval: duration,
    timeout: duration,
    retries: z.int(),
    start_period: duration,
  }),
  init: z.boolean().optional(),
  read_only: z.boolean().optional(),
  tmpfs: z.array(z.string().regex(/^\//)).optional(),
  mem_limit: z.string().regex(/^(\d+[mg]|\$\{\w+:-\d+[mg]\})$/),
  stop_grace_period: duration.optional(),
  security_opt: z.array(z.string()).optional(),
  cap_drop: z.array(z.string()).optional(),
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']),
});

const Compose = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.null()),
});

const source = read('docker-compose.yml');
const compose = Compose.parse(parse(source));
const services = Object.entries(compose.services);
const example = read('.env.example');

/** The variables that Compose asks the environment for: `required` as `${NAME:?…}`, `optional` as `${NAME:-…}`. */
const variables = [...source.matchAll(/\$\{(?<name>\w+)(?<rule>:[?-])?[^}]*\}/g)].map(({ groups }) => ({
  name: groups?.name ?? '',
  rule: groups?.rule,
}));

const pinned = /:\d+(\.\d+)*(-[\w.-]+)?$/;

describe('docker-compose.yml', () => {
  test('starts ClickHouse, PostgreSQL and Sluice', () => {
    expect(Object.keys(compose.services)).toEqual(['clickhouse', 'postgres', 'sluice']);
  });

  test.each(services)('%s comes from an image of a stated version', (_name, { image }) => {
    expect(image).toMatch(pinned);
  });

  test('ClickHouse is a version that Sluice accepts', () => {
    const [major = 0, minor = 0] = (compose.services.clickhouse?.image.split(':')[1] ?? '').split('.').map(Number);
    expect(major * 100 + minor).toBeGreaterThanOrEqual(2508);
  });

  test('each service waits only for services that exist, until they are healthy', () => {
    for (const [, { depends_on }] of services) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        expect(Object.keys(compose.services)).toContain(name);
        expect(condition).toBe('service_healthy');
      }
    }
  });

  test('each named volume is declared, and each declared volume is used', () => {
    const used = services
      .flatMap(([, { volumes }]) => volumes.map((volume) => volume.split(':')[0] ?? ''))
      .filter((name) => !name.startsWith('.'));
    expect(used.sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  test('no port is open to other machines', () => {
    for (const [, { ports }] of services) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('each has a bound on its memory, and cannot gain rights', () => {
    for (const [, { security_opt }] of services) expect(security_opt).toContain('no-new-privileges:true');
  });

  test('writes into its volumes alone, but for ClickHouse, whose image makes its configuration when it starts', () => {
    expect(services.filter(([, { read_only }]) => read_only !== true).map(([name]) => name)).toEqual(['clickhouse']);
  });

  test('no password or key has a value or a default: each must be set', () => {
    for (const [, { environment }] of services) {
      for (const [name, value] of Object.entries(environment)) {
        if (/PASSWORD|SECRET|KEY/.test(name) && name !== 'SLUICE_SECRET_KEY_FORMER') expect(value).toMatch(/^\$\{\w+:\?[^}]+\}$/);
      }
    }
    expect(compose.services.sluice?.environment.DATABASE_URL).toMatch(
      /^postgres:\/\/sluice:\$\{POSTGRES_PASSWORD:\?[^}]+\}@postgres:5432\/sluice$/,
    );
  });

  test('Sluice is given only variables that it knows', () => {
    expect(Object.keys(Environment.shape)).toEqual(expect.arrayContaining(Object.keys(compose.services.sluice?.environment ?? {})));
  });

  test('what Sluice is given makes a configuration that it accepts', () => {
    const filled = Object.entries(compose.services.sluice?.environment ?? {}).map(([name, value]) => [name, fill(value)]);
    expect(readConfig(Object.fromEntries(filled))).toMatchObject({ DATABASE_URL: 'postgres://sluice:secret@postgres:5432/sluice' });
  });

  test.skipIf(spawnSync('docker', ['compose', 'version']).status !== 0)('`docker compose config` accepts it', () => {
    const environment = Object.fromEntries(variables.map(({ name }) => [name, 'x']));
    const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], {
      cwd: root,
      env: { ...process.env, ...environment },
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

/** As Compose would with an .env file in which every password is `secret`. */
function fill(value: string): string {
  return value
    .replace(/\$\{SLUICE_SECRET_KEY:\?[^}]+\}/, Buffer.alloc(32).toString('base64'))
    .replace(/\$\{\w+:\?[^}]+\}/, 'secret')
    .replace(/\$\{\w+:-(?<fallback>[^}]*)\}/, '$<fallback>');
}

describe('.env.example', () => {
  test('names every variable that must be set, without a value', () => {
    for (const { name } of variables.filter(({ rule }) => rule === ':?')) expect(example).toMatch(new RegExp(`^${name}=$`, 'm'));
  });

  test('names every variable that may be set, and no others', () => {
    const named = [...example.matchAll(/^#?(?<name>[A-Z_]+)=/gm)].map(({ groups }) => groups?.name);
    expect(named.sort()).toEqual([...new Set(variables.map(({ name }) => name))].sort());
  });
});

describe('Dockerfile', () => {
  const dockerfile = read('Dockerfile');

  test('builds on images of a stated version', () => {
    const images = [...dockerfile.matchAll(/^FROM (?<image>\S+)/gm)].map(({ groups }) => groups?.image);
    expect(images.length).toBeGreaterThan(0);
    for (const image of images) expect(image).toMatch(pinned);
  });

  test('runs as a user that is not root, and says how to ask for its health', () => {
    expect(dockerfile.match(/^USER (?<user>\S+)/m)?.groups?.user).toBe('node');
    expect(dockerfile).toMatch(/^HEALTHCHECK /m);
  });

  test('sets only variables that Sluice or Node knows', () => {
    const line = dockerfile.match(/^ENV (?<pairs>.*)$/m)?.groups?.pairs ?? '';
    const names = line.split(' ').map((pair) => pair.split('=')[0]);
    expect(['NODE_ENV', ...Object.keys(Environment.shape)]).toEqual(expect.arrayContaining(names));
  });

  test('copies nothing that .dockerignore keeps out', () => {
    const kept = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(kept).toEqual(
      expect.arrayContaining(['package.json', 'package-lock.json', 'scripts/requirements.txt', 'src', 'models', 'sql', 'activations']),
    );
    expect(kept).not.toContain('.env');
  });
});
