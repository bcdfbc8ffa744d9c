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
  env_file: z.tuple([z.strictObject({ path: z.string(), required: z.boolean() })]).optional(),
  environment: z.record(z.string(), z.string()),
  ports: z.array(z.string().regex(/^(?<host>[\d.]+):(\d+):(\d+)$/, 'bound to an address of the host')).default([]),
  volumes: z.array(z.string().regex(/^([^:]+|\$\{\w+:-[^}]*\}):\/[^:]+(:ro)?$/)).default([]),
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
      .filter((name) => !/^[.$]/.test(name));
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

  test('Sluice is given the whole project and its .env, can write into neither, and builds on a schedule', () => {
    const { volumes = [], env_file, environment = {} } = compose.services.sluice ?? {};
    expect(volumes.map(fill)).toContain('.:/project:ro');
    expect(env_file?.map(({ path }) => fill(path))).toEqual(['./.env']);
    expect(environment.SLUICE_PROJECT_DIR).toBe('/project');
    expect(fill(environment.SLUICE_BUILD_SCHEDULE ?? '')).toBe('1h');
    expect(variables.map(({ name }) => name)).toContain('SLUICE_PROJECT');
  });

  test('no .env of a project moves the service away from what the image has', () => {
    const inImage = Object.entries(imageEnvironment()).filter(([name]) => name.startsWith('SLUICE_'));
    expect(compose.services.sluice?.environment).toMatchObject(Object.fromEntries(inImage));
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

  test('names every variable that Compose asks for, and no others but settings of Sluice', () => {
    const named = [...example.matchAll(/^#?(?<name>[A-Z_]+)=/gm)].map(({ groups }) => groups?.name);
    const asked = variables.map(({ name }) => name);
    expect(named).toEqual(expect.arrayContaining(asked));
    expect([...asked, ...Object.keys(Environment.shape)]).toEqual(expect.arrayContaining(named));
  });
});

const dockerfile = read('Dockerfile');

function imageEnvironment(): Record<string, string> {
  const line = dockerfile.match(/^ENV (?<pairs>.*)$/m)?.groups?.pairs ?? '';
  return Object.fromEntries(line.split(' ').map((pair) => pair.split('=')));
}

const PackageJson = z.object({ files: z.array(z.string()), bin: z.object({ sluice: z.string() }) });
const { files: packed, bin } = PackageJson.parse(JSON.parse(read('package.json')));

describe('Dockerfile', () => {
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
    expect(['NODE_ENV', ...Object.keys(Environment.shape)]).toEqual(expect.arrayContaining(Object.keys(imageEnvironment())));
  });

  test('copies nothing that .dockerignore keeps out', () => {
    const kept = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(kept).toEqual(
      expect.arrayContaining(['package-lock.json', 'tsconfig.json', 'tsconfig.pack.json', 'connectors', 'src', 'scripts/pack.ts']),
    );
    for (const part of packed.filter((name) => !['dist', 'src/cli/sluice.mjs'].includes(name))) expect(kept).toContain(part);
    expect(kept).not.toContain('.env');
  });

  test('starts the program and names the command where the tarball has them', () => {
    expect(dockerfile).toContain('"/node_modules/@sluice-data/sluice/dist/src/main.js", "serve"');
    expect(dockerfile).toContain(`ln -s /node_modules/@sluice-data/sluice/${bin.sluice} `);
  });
});
