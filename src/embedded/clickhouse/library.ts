/** Where npm put libchdb for this machine. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The platform packages that npm `chdb` can bring; it installs the one that fits, and none on other machines (musl, Windows). */
export function libraryPackage(platform: string = process.platform, arch: string = process.arch): string {
  return `@chdb/lib-${platform}-${arch}${platform === 'linux' ? '-gnu' : ''}`;
}

/** @returns the path of libchdb.so, or undefined when no build fits this machine. */
export function findLibrary(): string | undefined {
  try {
    const path = join(dirname(require.resolve(`${libraryPackage()}/package.json`)), 'libchdb.so');
    return existsSync(path) ? path : undefined;
  } catch {
    // Not installed: npm leaves packages for other platforms out.
    return undefined;
  }
}
