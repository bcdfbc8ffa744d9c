import { describe, expect, test } from 'vitest';
import {
  choosePython,
  diskProblem,
  fingerprint,
  installerProblem,
  isAbandoned,
  missingPackages,
  platformProblem,
  reasonToInstall,
} from './decisions.mjs';

const python = (command: string, version: string, has: { hasVenv?: boolean; hasPip?: boolean } = {}) => ({
  command,
  version,
  hasVenv: true,
  hasPip: true,
  ...has,
});
const debian = { platform: 'linux' };
const mac = { platform: 'darwin' };

describe('the platform', () => {
  test.each(['linux', 'darwin'])('%s is fine on x64 and arm64', (platform) => {
    for (const arch of ['x64', 'arm64']) expect(platformProblem({ platform, arch, isMusl: false })).toBeUndefined();
  });

  test('Windows is told about WSL', () => {
    expect(platformProblem({ platform: 'win32', arch: 'x64', isMusl: false })?.mend).toMatch(/wsl --install/);
  });

  test('another processor is named', () => {
    expect(platformProblem({ platform: 'linux', arch: 'riscv64', isMusl: false })?.message).toMatch(/linux-riscv64/);
  });

  test('musl is told apart, because a Linux without glibc fails late and darkly', () => {
    expect(platformProblem({ platform: 'linux', arch: 'x64', isMusl: true })?.message).toMatch(/glibc/);
  });
});

describe('the disk', () => {
  test('2 GB are enough', () => expect(diskProblem(2 * 1024 ** 3)).toBeUndefined());
  test('less is refused with the number', () => expect(diskProblem(1.5 * 1024 ** 3)?.message).toMatch(/1\.5 GB free/));
});

describe('what is installed', () => {
  test('stands when its stamp is today’s and nothing is missing', () => {
    expect(reasonToInstall({ stamp: 'a', wanted: 'a', fault: undefined })).toBeUndefined();
  });

  test.each([
    ['no stamp: it was never finished', { stamp: undefined, wanted: 'a', fault: undefined }, /not to the end/],
    ['another stamp: the lockfile moved on', { stamp: 'b', wanted: 'a', fault: undefined }, /older/],
    ['a fault: something was deleted', { stamp: 'a', wanted: 'a', fault: 'node_modules/pg is missing' }, /pg is missing/],
  ])('is made again with %s', (_title, installed, reason) => {
    expect(reasonToInstall(installed)).toMatch(reason);
  });

  test('a fingerprint changes when a character moves from one part to the next', () => {
    expect(fingerprint(['ab', 'c'])).not.toBe(fingerprint(['a', 'bc']));
  });

  test('packages that npm recorded and that are gone are found', () => {
    const hidden = { packages: { 'node_modules/pg': {}, 'node_modules/zod': {} } };
    expect(missingPackages(hidden, (path) => path === 'node_modules/zod/package.json')).toEqual(['node_modules/pg']);
  });
});

describe('Python', () => {
  test('the first usable one is taken', () => {
    expect(choosePython([python('python3', '3.12.1'), python('python3.11', '3.11.7')], debian).command).toBe('python3');
  });

  test('an old python3 is passed over when a newer one stands beside it', () => {
    expect(choosePython([python('python3', '3.9.6'), python('python3.12', '3.12.4')], mac).command).toBe('python3.12');
  });

  test('one without venv is passed over when another has it', () => {
    const found = [python('python3', '3.11.2', { hasPip: false }), python('python3.12', '3.12.4')];
    expect(choosePython(found, debian).command).toBe('python3.12');
  });

  test.each([
    ['none at all', [], debian, /not found/, 'sudo apt-get install python3 python3-venv'],
    ['none at all on a Mac', [], mac, /not found/, 'brew install python@3.12'],
    [
      'only an old one',
      [python('python3', '3.9.18')],
      debian,
      /3\.9\.18; dbt needs Python 3\.10/,
      'sudo apt-get install python3.11 python3.11-venv',
    ],
    [
      'only one that is too new for dbt',
      [python('python3', '3.15.0')],
      debian,
      /from 3\.10 to 3\.13/,
      'sudo apt-get install python3.11 python3.11-venv',
    ],
    [
      'no venv module',
      [python('python3', '3.11.2', { hasVenv: false })],
      debian,
      /without the venv module/,
      'sudo apt-get install python3.11-venv',
    ],
    [
      'no ensurepip, as on Debian',
      [python('python3', '3.11.2', { hasPip: false })],
      debian,
      /without ensurepip/,
      'sudo apt-get install python3.11-venv',
    ],
  ])('%s: one sentence and the command that mends it', (_title, found, machine, message, mend) => {
    expect(() => choosePython(found, machine)).toThrow(expect.objectContaining({ message: expect.stringMatching(message), mend }));
  });
});

describe('an installer that failed', () => {
  test.each([
    ['no network', 'npm error code EAI_AGAIN\nnpm error request to registry failed', /could not reach the package registry/],
    ['no network for pip', 'ERROR: NewConnectionError: Failed to establish a new connection', /could not reach the package registry/],
    ['no room', 'npm error code ENOSPC', /disk filled up/],
    ['no right to write', "npm error EACCES: permission denied, mkdir '/x/node_modules'", /may not write/],
    ['anything else, in its own words', 'npm error code EUSAGE\nnpm error not in sync', /not in sync/],
  ])('%s', (_title, output, message) => {
    expect(installerProblem('npm ci', output).message).toMatch(message);
  });
});

describe('a lock', () => {
  test('is held while the set-up lives', () => expect(isAbandoned('10\n', (pid) => pid === 10)).toBe(false));
  test('is held while an installer lives on after its set-up was killed', () =>
    expect(isAbandoned('10\n11', (pid) => pid === 11)).toBe(false));
  test('is abandoned when all are gone', () => expect(isAbandoned('10\n11', () => false)).toBe(true));
});
