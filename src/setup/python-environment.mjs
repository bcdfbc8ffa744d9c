/**
 * A virtual environment with dbt, from requirements whose checksums are pinned. A stamp is written into it last: without its stamp it is
 * made anew, so an installation that was interrupted is never taken for a whole one.
 * Plain JavaScript without packages: it runs on the machine's own Node before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { choosePython, fingerprint, reasonToInstall } from './decisions.mjs';

export const STAMP_NAME = '.sluice-setup';

/**
 * @param {object} place
 * @param {string} place.folder the virtual environment
 * @param {readonly string[]} place.requirements files for pip
 * @param {string} place.home what the environment breaks without: it knows its own path, so another one makes it anew
 */
export function pythonEnvironment({ folder, requirements, home }) {
  const python = join(folder, 'bin', 'python');
  const stampFile = join(folder, STAMP_NAME);
  const wanted = () => fingerprint([...requirements.map((file) => readFileSync(file, 'utf8')), home]);

  /** @returns {import('./decisions.mjs').Installed} */
  function look() {
    const stamp = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : undefined;
    const isSound = () => spawnSync(python, ['-I', '-S', '-c', ''], { timeout: 20_000 }).status === 0;
    const fault = stamp === wanted() && !isSound() ? 'its Python does not start' : undefined;
    return { stamp, wanted: wanted(), fault };
  }

  return {
    python,
    /** Why it must be made (again); undefined when it stands. Starts its Python once, to see. */
    reasonToInstall: () => reasonToInstall(look()),
    /**
     * @param {ReturnType<typeof import('./installer.mjs').createInstaller>} installer
     * @param {{ note(pid: number | undefined): void } | undefined} lock
     * @param {(python: string) => void} onStart hears the version that is used
     * @throws {import('./decisions.mjs').SetupProblem}
     */
    async install(installer, lock, onStart) {
      const { command, version } = choosePython(findPythons(installer.outside()), process);
      onStart(version);
      // The stamp first: it must not survive a removal that is killed half-way.
      rmSync(stampFile, { force: true });
      rmSync(folder, { recursive: true, force: true });
      await installer.run('pip install', command, ['-m', 'venv', folder], lock);
      const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--only-binary=:all:', '--no-deps'];
      const files = requirements.flatMap((file) => ['-r', file]);
      await installer.run('pip install', python, [...pip, '--require-hashes', ...files], lock);
      await installer.run('pip install', python, ['-c', 'import dbt.cli.main, dbt.adapters.clickhouse'], lock);
      writeFileSync(stampFile, wanted());
    },
  };
}

/** @param {NodeJS.ProcessEnv} env @returns {import('./decisions.mjs').Python[]} */
function findPythons(env) {
  const probe = `import sys, json, importlib.util as u
print(json.dumps({"version": "%d.%d.%d" % sys.version_info[:3], "hasVenv": bool(u.find_spec("venv")), "hasPip": bool(u.find_spec("ensurepip"))}))`;
  return ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'].flatMap((command) => {
    const { status, stdout } = spawnSync(command, ['-c', probe], { encoding: 'utf8', env, timeout: 20_000 });
    const answer = status === 0 ? stdout.trim() : '';
    return answer.startsWith('{') ? [{ command, ...JSON.parse(answer) }] : [];
  });
}
