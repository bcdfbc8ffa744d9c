/** Which Python the dbt workers of the tests run on. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../../src/config.ts';

const PROJECT_DIR = fileURLToPath(new URL('../..', import.meta.url));

/** That of the set-up, or of SLUICE_PYTHON; absolute, so that a copy of the project finds it. A worker loads dbt and reads the project anew. */
export const ownPython = () => resolve(readConfig().SLUICE_PYTHON ?? join(PROJECT_DIR, '.venv/bin/python'));

/** A stand-in for it, by which a worker becomes a fork of the run's template (setup.ts); itself where no such run is. */
export const sharedPython = () => process.env.SLUICE_TEST_PYTHON ?? ownPython();
