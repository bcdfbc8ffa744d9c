/** The models and tests of a build that failed, each with the place in the user's project where it was written. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { BuildResult, ModelResult, SourcePosition, TestResult } from '../dbt/result.ts';
import type { Problem } from '../documents/problem.ts';
import { type Place, placeInYml, placeOfCompiled, placeOfMeta } from './places.ts';

type BuildFinding = Problem & Place;

export async function buildFindings(projectDir: string, { models, tests }: BuildResult): Promise<BuildFinding[]> {
  const project = await nameOf(projectDir);
  /** Files of packages are not in the user's repository: for these only the sentence is given. */
  const isOwn = (thing: SourcePosition) => thing.package === project;
  return [
    ...(await Promise.all(models.flatMap((model) => (model.error ? [ofModel(projectDir, model, model.error, isOwn(model), models)] : [])))),
    ...(await Promise.all(tests.filter(hasFailed).map((test) => ofTest(projectDir, test, isOwn(test))))),
  ];
}

const hasFailed = ({ status }: TestResult) => status === 'fail' || status === 'error';

async function ofModel(
  projectDir: string,
  { name, file, package: owner }: ModelResult,
  { message, compiledPath, compiledLine }: NonNullable<ModelResult['error']>,
  isOwn: boolean,
  models: readonly ModelResult[],
): Promise<BuildFinding> {
  const place = isOwn
    ? await placeOfCompiled(projectDir, file, compiledPath, compiledLine)
    : await placeOfDeclared(projectDir, message, models);
  return { path: [], message: `the model ${isOwn ? name : `${owner}.${name}`} cannot be built: ${message}`, ...place };
}

const DECLARED = /^models: (\S+): (?:columns: (\S+): )?meta/;

/** A model of the package may fail because of the yml of the project's model: then its message begins with that place. */
async function placeOfDeclared(projectDir: string, message: string, models: readonly ModelResult[]): Promise<Place> {
  const [, named, column = null] = DECLARED.exec(message.trim()) ?? [];
  const model = models.find(({ name }) => name === named);
  return model === undefined ? {} : placeOfMeta(projectDir, model.file, model.name, column);
}

async function ofTest(projectDir: string, test: TestResult, isOwn: boolean): Promise<BuildFinding> {
  const { name, status, file, testedModel, testedColumn } = test;
  const place = isOwn ? await placeInYml(projectDir, file, testedModel, testedColumn) : {};
  const reason = test.message ?? 'no reason was given';
  return { path: [], message: `the test ${name} ${status === 'fail' ? 'failed' : 'cannot be run'}: ${reason}`, ...place };
}

async function nameOf(projectDir: string): Promise<string> {
  const { name } = parse(await readFile(join(projectDir, 'dbt_project.yml'), 'utf8')) as { name: string };
  return name;
}
