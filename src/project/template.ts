/** The files of a new project: folders of the product, copied with a few words filled in. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { PRODUCT } from '../product.ts';

const FOLDER = join(PRODUCT.root, 'templates');

export const TEMPLATES = ['web', 'retail', 'b2b'] as const;
export type Template = (typeof TEMPLATES)[number];

/** The words that replace `__PROJECT__` and the like in a template. */
export interface TemplateWords {
  /** The project's name for dbt. */
  readonly PROJECT: string;
  /** Path from the project to the dbt package. */
  readonly PACKAGE: string;
  /** The product's name for npm, and which one package.json asks for. */
  readonly PRODUCT: string;
  readonly DEPENDENCY: string;
}

/** Content by path: the files of all templates and of this one; a template's own file replaces that of the skeleton with the same name. */
export async function readTemplate(template: Template, words: TemplateWords): Promise<ReadonlyMap<string, string>> {
  const [all, own] = await Promise.all([readFolder(join(FOLDER, 'skeleton')), readFolder(join(FOLDER, template))]);
  return new Map([...all, ...own].map(([path, text]) => [path, filledIn(text, words)]));
}

/** One file as it is in the product: `skeleton/dot.env.example`. */
export const readPart = (path: string): Promise<string> => readFile(join(FOLDER, path), 'utf8');

async function readFolder(folder: string): Promise<(readonly [string, string])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (file) => [nameOf(relative(folder, file)), await readFile(file, 'utf8')] as const));
}

/** `dot.github/x.yml` → `.github/x.yml`: npm leaves files such as .gitignore out of what it packs. */
const nameOf = (path: string) => path.replace(/(^|\/)dot\./g, '$1.');

export function filledIn(text: string, words: Partial<TemplateWords>): string {
  return text.replace(/__([A-Z]+)__/g, (mark, name: string) => words[name as keyof TemplateWords] ?? mark);
}
