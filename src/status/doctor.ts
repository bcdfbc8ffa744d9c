/** Tries everything that has to be in place, one thing at a time, and says for each what to do. */
import { access, readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { CdpError } from '../errors.ts';

export interface Check {
  readonly name: string;
  readonly outcome: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found. */
  readonly detail: string;
  /** What to do; empty when there is nothing to do. */
  readonly hint: string;
  /** Statements that an administrator of the warehouse has to run. */
  readonly sql?: readonly string[];
}

/** Finds out one thing. Throws what is wrong; an expected error brings its hint along. */
export interface Examination {
  readonly name: string;
  /** Names of examinations without which this one tells nothing. */
  readonly needs?: readonly string[];
  readonly examine: () => Promise<string | Omit<Check, 'name'>>;
}

/** In the order given; what needs something that failed, or was skipped itself, is skipped. */
export async function examine(examinations: readonly Examination[], onCheck: (check: Check) => void): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { name, needs = [], examine: find } of examinations) {
    const missing = needs.filter((need) =>
      checks.some((check) => check.name === need && (check.outcome === 'failed' || check.outcome === 'skipped')),
    );
    const check =
      missing.length > 0
        ? { name, outcome: 'skipped' as const, detail: `needs ${missing.join(', ')}`, hint: '' }
        : await attempt(name, find);
    checks.push(check);
    onCheck(check);
  }
  return checks;
}

async function attempt(name: string, find: Examination['examine']): Promise<Check> {
  try {
    const found = await find();
    return typeof found === 'string' ? { name, outcome: 'ok', detail: found, hint: '' } : { name, ...found };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return {
      name,
      outcome: 'failed',
      detail,
      hint: error instanceof CdpError ? error.hint : 'This should not happen: report it with the message.',
    };
  }
}

const GIB = 1024 ** 3;
/** Below this a merge of ClickHouse may find no room. */
const LITTLE_SPACE = 5 * GIB;

export function examineDisk(dataDir: string): Examination {
  return {
    name: 'disk',
    async examine() {
      const existing = await access(dataDir).then(
        () => dataDir,
        () => join(dataDir, '..'),
      );
      const { bavail, bsize } = await statfs(existing);
      const free = bavail * bsize;
      const detail = `${(free / GIB).toFixed(1)} GiB free for ${dataDir}`;
      return free > LITTLE_SPACE ? detail : { outcome: 'warning', detail, hint: 'Make room, or set SLUICE_DATA_DIR to a larger disk.' };
    },
  };
}

/** Passwords and keys lie there. */
export function examinePermissions(dataDir: string): Examination {
  return {
    name: 'permissions',
    async examine() {
      const mode = await stat(dataDir).then(
        ({ mode: bits }) => bits & 0o777,
        () => undefined,
      );
      if (mode === undefined) return `${dataDir} does not exist yet`;
      const detail = `${dataDir} has the mode ${mode.toString(8)}`;
      return (mode & 0o077) === 0 ? detail : { outcome: 'warning', detail, hint: `Others can look into it. Run: chmod 700 ${dataDir}` };
    },
  };
}

/** A password written into a file that every user of the machine may read is known to all of them. */
export function examineEnvironmentFile(file: string, secretNames: readonly string[]): Examination {
  return {
    name: '.env',
    async examine() {
      const [text, mode] = await Promise.all([
        readFile(file, 'utf8').catch(() => undefined),
        stat(file).then(
          (found) => found.mode & 0o777,
          () => 0,
        ),
      ]);
      if (text === undefined) return `${file} is not there: settings come from the environment alone`;
      const values = Object.entries(parseEnv(text)).filter(([, value]) => value !== '');
      const secrets = values.map(([name]) => name).filter((name) => secretNames.includes(name) || /PASSWORD|SECRET|TOKEN|KEY/.test(name));
      const detail = `${file} sets ${values.length} variables, ${secrets.length} of them secret, and has the mode ${mode.toString(8)}`;
      if (secrets.length === 0 || (mode & 0o044) === 0) return detail;
      return { outcome: 'warning', detail, hint: `Others can read ${secrets.join(', ')}. Run: chmod 600 ${file}` };
    },
  };
}
