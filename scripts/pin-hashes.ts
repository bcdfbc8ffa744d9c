/**
 * Writes into the lists of Python packages the checksums of every file that the set-up may download, as the package index states them:
 * `npm run pin-hashes`, after a version in one of them was changed. pip then takes no other file of that name.
 */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const FILES = ['requirements.txt', 'requirements-demo-data.txt'];
const PYTHON = fileURLToPath(new URL('../.venv/bin/python', import.meta.url));
/** The index that pip would ask. */
const INDEX =
  process.env.PIP_INDEX_URL ??
  execFileSync(PYTHON, ['-c', 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)'], { encoding: 'utf8' }).trim();

/** Python 3.10 and newer, on Linux and macOS: what the set-up installs on. */
const isUsable = (file: string) =>
  /^[^-]+-[^-]+(-\d[^-]*)?-(py2\.py3|py3|py3\d*|cp3(?:1\d)?|cp3\d{1,2})-(none|abi3|cp3\d+)-/.test(file) &&
  /-(?:any|.*(?:manylinux|musllinux|macosx).*)\.whl$/.test(file) &&
  !/-cp3[0-9]-cp3[0-9]-/.test(file);

const Listing = z.object({ files: z.array(z.object({ filename: z.string(), hashes: z.object({ sha256: z.string() }) })) });

for (const file of FILES) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => !/^\s+--hash=/.test(line));
  const pinned = await Promise.all(lines.map((line) => withHashes(line.replace(/\s*\\$/, ''))));
  await writeFile(path, pinned.join('\n'));
  console.log(`Written: scripts/${file}`);
}

async function withHashes(line: string): Promise<string> {
  const [, name, version] = /^([\w.-]+)==([\w.]+)/.exec(line) ?? [];
  if (name === undefined || version === undefined) return line;
  const reply = await fetch(`${INDEX}/${name.toLowerCase().replace(/[-_.]+/g, '-')}/`, {
    headers: { accept: 'application/vnd.pypi.simple.v1+json' },
  });
  if (!reply.ok) throw new Error(`${name}: the index answers ${reply.status}`);
  const { files } = Listing.parse(await reply.json());
  const ofVersion = files.filter(({ filename }) => filename.split('-')[1] === version && isUsable(filename));
  if (ofVersion.length === 0) throw new Error(`${name} ${version} has no wheel`);
  return [line, ...ofVersion.map(({ hashes }) => `    --hash=sha256:${hashes.sha256}`).sort()].join(' \\\n');
}
