/** A text file as rows with their line numbers. Streams: memory does not grow with the file. */

import { openCsv } from './records-csv.ts';
import { openJsonLines } from './records-jsonl.ts';
import type { TextFile, TextSource } from './text-file.ts';

/** @throws CdpError `loads.encoding`, `loads.format`, `loads.nothing`. */
export function openText(source: TextSource): Promise<TextFile> {
  return source.kind.format === 'jsonl' ? openJsonLines(source) : openCsv(source);
}
