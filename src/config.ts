/** The environment, parsed once and frozen. docs/configuration.md is generated from this schema. */
import { resolve } from 'node:path';
import * as z from 'zod';
import { defineErrors } from './errors.ts';
import { EnvironmentFileProblem, environmentFile, projectFolder, readEnvironmentFile } from './project-folder.mjs';
import { SentenceLanguage } from './segments/sentences/language.ts';
import { isTimezone } from './timezone.ts';

const errors = defineErrors('config', {
  invalid: {
    summary: 'An environment variable has a value that cannot be used.',
    fault: 'config',
    status: 500,
    exitCode: 3,
    hint: 'docs/configuration.md lists every variable with its form and default. The project’s .env is read too.',
  },
  no_project: {
    summary: 'A command that works on a project was run outside of one: no folder at or above the working folder has a dbt_project.yml.',
    fault: 'config',
    status: 500,
    exitCode: 3,
    hint: 'Run it in the folder of a project, or set SLUICE_PROJECT_DIR to one. `sluice init DIR` writes a new one.',
  },
  invalid_env_file: {
    summary: 'The project’s .env cannot be read, or a line of it is not NAME=value.',
    fault: 'config',
    status: 500,
    exitCode: 3,
    hint: 'Mend the line; values are read as Node reads an .env file. SLUICE_ENV_FILE names another file in its place.',
  },
});

const url = (protocols: RegExp) => z.url({ protocol: protocols });
const port = z.coerce.number().int().min(0).max(65_535);
const seconds = z.coerce.number().int().positive();
/** Empty strings come from compose files and CI settings that pass a variable on without a value: they mean "not set". */
const unsetWhenEmpty = (environment: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));

/** A weekend's night with a broken control plane; a revoked key lives as long, and only while the control plane does not answer. */
export const KEY_TRUST_HOURS = 24;

export const Environment = z.object({
  SLUICE_DATA_DIR: z.string().optional().meta({
    description:
      'Folder of the embedded warehouse and control plane, generated passwords and keys. Default: `.sluice` in the project, without a project in the working folder.',
  }),
  SLUICE_PROJECT_DIR: z.string().optional().meta({
    description:
      'Folder that holds dbt_project.yml, models/ and activations/. Default: the folder of dbt_project.yml at or above the working folder.',
  }),
  SLUICE_ENV_FILE: z
    .string()
    .optional()
    .meta({ description: 'File that is read in place of the project’s `.env`; /dev/null reads none. Not in `.env` itself.' }),
  SLUICE_DATABASE_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,30}$/, 'lower-case letters, digits and _, starting with a letter')
    .default('sluice')
    .meta({ description: 'First part of every ClickHouse database that Sluice owns: `<prefix>`, `<prefix>_raw`, …' }),
  SLUICE_RAW_DATABASE: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a database')
    .optional()
    .meta({
      description:
        'Database of another installation on the same server whose raw data the models read, `sluice_raw` for instance. Nothing is written there: loads and collection are refused. Default: `<prefix>_raw`.',
    }),
  SLUICE_HOST: z.string().default('127.0.0.1').meta({ description: 'Address the service binds. Loopback unless you say otherwise.' }),
  SLUICE_PORT: port.default(4620).meta({ description: 'Port of the service; 0 takes a free one.' }),
  SLUICE_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .meta({ description: 'Least severe log line that is written.' }),
  // Below this a batch of the most messages would never find room.
  SLUICE_COLLECT_MEMORY_MB: z.coerce.number().int().min(24).default(64).meta({
    description:
      'What collection requests under way may hold together, in MiB: as sent, unpacked, and waiting to be stored. A quarter of the heap at most.',
  }),
  SLUICE_COLLECT_WAIT_SECONDS: seconds
    .max(30)
    .default(5)
    .meta({ description: 'Longest time a collection request waits, unread, for room in that memory; then it is answered 503.' }),
  SLUICE_HEAP_MB: z.coerce
    .number()
    .int()
    .min(128)
    .default(256)
    .meta({ description: 'Heap of a process that the command `sluice` starts, in MiB. The image of Docker states it in its own command.' }),
  SLUICE_MAX_CONNECTIONS: z.coerce
    .number()
    .int()
    .positive()
    .default(2_000)
    .meta({ description: 'Most connections the service holds open; further ones are closed at once.' }),
  SLUICE_BODY_TIMEOUT_SECONDS: seconds.max(60).default(30).meta({ description: 'Longest time the body of a collection request may take.' }),
  SLUICE_KEY_MAX_MESSAGES_PER_SECOND: z.coerce
    .number()
    .int()
    .positive()
    .default(100_000)
    .meta({ description: 'Messages per second, over ten seconds, that one write key may send, where it has no limit of its own.' }),
  SLUICE_KEY_MAX_REJECTED_KB_PER_SECOND: z.coerce.number().int().positive().default(256).meta({
    description:
      'KiB per second, over a minute, of rejected messages that are kept for one write key; further ones are counted without their text.',
  }),
  SLUICE_KEY_TRUST_HOURS: z.coerce
    .number()
    .positive()
    .default(KEY_TRUST_HOURS)
    .meta({ description: 'How long a key that was verified still passes while the control plane does not answer.' }),
  SLUICE_SECRET_KEY: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/, '32 bytes in base64: `openssl rand -base64 32` makes one')
    .optional()
    .meta({
      description: 'Key that encrypts stored secrets: 32 bytes in base64. Without it one is generated in SLUICE_DATA_DIR.',
      secret: true,
    }),
  SLUICE_SECRET_KEY_FORMER: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/, '32 bytes in base64, as SLUICE_SECRET_KEY was before')
    .optional()
    .meta({
      description: 'What SLUICE_SECRET_KEY was before, until `sluice secret rotate` has encrypted the stored secrets anew.',
      secret: true,
    }),
  SLUICE_TIMEZONE: z
    .string()
    .refine(isTimezone, 'an IANA time zone like Europe/Amsterdam')
    .default('UTC')
    .meta({ description: 'IANA time zone of the workspace: calendar units of segments and cron schedules.' }),
  SLUICE_LANGUAGE: SentenceLanguage.default('en').meta({
    description: 'Language of the sentences that say what segments ask, where a call does not name one: en or nl.',
  }),
  SLUICE_SEGMENT_SQL: z.stringbool().default(false).meta({
    description:
      'Whether segments may have conditions in SQL (`{ sql: … }`). Whoever applies segments, or sends a draft with an admin key, can then ask published tables anything.',
  }),
  SLUICE_SEGMENT_VERSIONS: z.coerce
    .number()
    .int('a whole number')
    .min(2, '2 or more: a sync may be reading the version before the current one')
    .max(100, 'at most 100')
    .default(3)
    .meta({ description: 'Of how many published versions of each segment the members are kept, the current one among them.' }),
  SLUICE_BUILD_SCHEDULE: z.string().optional().meta({
    description:
      'When `sluice serve` builds the models: an interval (`15m`, `2h`) or a cron expression. Without it, when you say `sluice build`.',
  }),
  CLICKHOUSE_URL: url(/^https?$/)
    .optional()
    .meta({ description: 'HTTP(S) address of a ClickHouse server (25.8 or newer). Without it the embedded server is used.' }),
  CLICKHOUSE_ALLOW_UNENCRYPTED: z
    .stringbool()
    .default(false)
    .meta({ description: 'Whether CLICKHOUSE_URL may be http:// for a host outside this machine and its private networks.' }),
  CLICKHOUSE_USER: z.string().default('default').meta({ description: 'User that owns the Sluice databases; dbt uses it too.' }),
  CLICKHOUSE_PASSWORD: z.string().default('').meta({ description: 'Password of CLICKHOUSE_USER.', secret: true }),
  CLICKHOUSE_READER_USER: z
    .string()
    .default('sluice_reader')
    .meta({ description: 'Restricted user that runs `sluice sql`, previews and diffs.' }),
  CLICKHOUSE_READER_PASSWORD: z
    .string()
    .optional()
    .meta({ description: 'Password of CLICKHOUSE_READER_USER; required with CLICKHOUSE_URL.', secret: true }),
  CLICKHOUSE_PUBLISHER_USER: z
    .string()
    .default('sluice_publisher')
    .meta({ description: 'Restricted user that writes segment memberships.' }),
  CLICKHOUSE_PUBLISHER_PASSWORD: z
    .string()
    .optional()
    .meta({ description: 'Password of CLICKHOUSE_PUBLISHER_USER; required with CLICKHOUSE_URL.', secret: true }),
  CLICKHOUSE_BI_USER: z
    .string()
    .default('sluice_bi')
    .meta({ description: 'Read-only user for BI tools on the server of CLICKHOUSE_URL; `sluice bi` makes it.' }),
  CLICKHOUSE_BI_PASSWORD: z.string().optional().meta({
    description: 'Password of CLICKHOUSE_BI_USER. Without it `sluice bi --create` generates one in SLUICE_DATA_DIR.',
    secret: true,
  }),
  SLUICE_BI_DATABASES: z
    .string()
    .default('')
    .transform((names) => names.split(',').flatMap((name) => name.trim() || []))
    .pipe(z.array(z.string().regex(/^(?!system$|information_schema$)[a-z_][a-z0-9_]*$/i, 'names of databases, with commas between them')))
    .meta({ description: 'Databases outside Sluice’s that BI tools may read, such as those of your marts: `analytics,marts`.' }),
  DATABASE_URL: url(/^postgres(ql)?$/)
    .optional()
    .meta({ description: 'PostgreSQL (14 or newer) for the control plane. Without it an embedded PGlite is used.', secret: true }),
  SLUICE_PYTHON: z.string().optional().meta({
    description:
      'Python that has dbt installed. Default: that of `.venv` in the project where dbt is in it, else one that Sluice sets up itself.',
  }),
  SLUICE_DBT_TARGET: z.string().optional().meta({
    description: 'Target of the dbt profile that `sluice build` and `sluice serve` build. Default: the one that profiles.yml names.',
  }),
  SLUICE_DBT_TIMEOUT_SECONDS: seconds.default(3_600).meta({ description: 'Longest time one dbt run may take before it is cancelled.' }),
  SLUICE_SEGMENT_TIMEOUT_SECONDS: seconds.default(120).meta({ description: 'Longest time one segment or diff query may take.' }),
  SLUICE_MAX_QUERY_MEMORY_MB: z.coerce
    .number()
    .int()
    .min(64)
    .default(4_096)
    .meta({ description: 'Memory limit of one segment or diff query, in MiB. All queries of one user together may use twice as much.' }),
  SLUICE_MAX_QUERY_ROWS: z.coerce.number().int().min(1_000).default(50_000_000_000).meta({
    description:
      'Rows that one segment or diff query may read. Against a scan that nobody intended: no segment of 1,000,000 people comes near.',
  }),
  SLUICE_READER_THREADS: z.coerce.number().int().positive().optional().meta({
    description: 'Threads of one query of the reader or a BI tool. Default: half of the cores of the ClickHouse server.',
  }),
  SLUICE_READER_QUERIES: z.coerce.number().int().positive().optional().meta({
    description:
      'Queries that the embedded server runs at once for BI tools; one more for the reader and for the publisher. Up to 50 of each wait for their turn. Default: half of the cores.',
  }),
});

export const SECRET_VARIABLES = Object.entries(Environment.shape).flatMap(([name, field]) => (field.meta()?.secret ? [name] : []));

export interface Config extends Readonly<z.output<typeof Environment>> {
  /** Absolute path of SLUICE_DATA_DIR. */
  readonly dataDir: string;
  /** Absolute path of the project, undefined where there is none: for what works without one. */
  readonly project: string | undefined;
  /** The same, for what needs one. @throws CdpError `config.no_project`. */
  readonly projectDir: string;
  /** Where the project's .env is, or would be. */
  readonly environmentFile: string | undefined;
}

/**
 * Adds what the project's .env says to the environment of this process, and so to those that it starts: dbt reads them with `env_var`.
 * @throws CdpError `config.invalid_env_file` that names file and line.
 */
export function loadEnvironmentFile(environment: NodeJS.ProcessEnv = process.env, cwd = process.cwd()): void {
  try {
    Object.assign(environment, readEnvironmentFile(environment, cwd));
  } catch (error) {
    if (error instanceof EnvironmentFileProblem) throw errors.invalid_env_file(error.message);
    throw error;
  }
}

/** @throws CdpError `config.invalid` that names every variable at fault. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env, cwd = process.cwd()): Config {
  const parsed = Environment.safeParse(unsetWhenEmpty(environment));
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw errors.invalid(`The environment cannot be used:\n  ${lines.join('\n  ')}`);
  }
  const { SLUICE_DATA_DIR, SLUICE_PYTHON } = parsed.data;
  const project = projectFolder(environment, cwd);
  return Object.freeze({
    ...parsed.data,
    // What stays a bare name is a command. A path must not depend on the folder that dbt is started in.
    SLUICE_PYTHON: SLUICE_PYTHON?.includes('/') ? resolve(cwd, SLUICE_PYTHON) : SLUICE_PYTHON,
    project,
    get projectDir() {
      if (project === undefined) throw errors.no_project(`There is no dbt_project.yml in ${cwd}, nor in a folder above it`);
      return project;
    },
    dataDir: SLUICE_DATA_DIR === undefined ? resolve(project ?? cwd, '.sluice') : resolve(cwd, SLUICE_DATA_DIR),
    environmentFile: environmentFile(environment, cwd),
  });
}
