/**
 * A condition that is written in SQL. What can be said of its text alone is said here, so that it can never end the bracket that it is put into;
 * what it reads and calls, the warehouse says (inspect-sql.ts). Pure.
 */
import type { Path } from '../../documents/problem.ts';
import type { CheckTools } from '../check-tools.ts';
import type { SqlCondition } from '../checked.ts';

export function checkSql(sql: string, path: Path, tools: CheckTools): SqlCondition | undefined {
  const place = [...path, 'sql'];
  if (!tools.world.allowsSql)
    return tools.report(
      place,
      'conditions in SQL are off in this workspace: SLUICE_SEGMENT_SQL=true allows them to whoever applies segments',
    );
  const wrong = whatIsWrongWith(sql);
  if (wrong !== undefined) return tools.report(place, wrong);
  return { kind: 'sql', path, sql, isSelect: /^\s*(select|with)\b/i.test(sql) };
}

/** A quoted text or name: the quotes may be doubled inside, or escaped. */
const QUOTED = /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|`(?:[^`\\]|\\[\s\S]|``)*`/g;
/**
 * What may stand outside of quotes. Neither comments nor parameters nor `;`; no `$`, which begins a text of its own kind; nothing beyond ASCII,
 * because ClickHouse also takes curly quotes.
 */
const ALLOWED = /^[\w \t\r\n()[\].,+*/%<>=!|:?^&~-]*$/;
const CLOSES: Readonly<Record<string, string>> = { ')': '(', ']': '[' };

/** A sentence, or undefined. Exported for the corpus of injections. */
export function whatIsWrongWith(sql: string): string | undefined {
  if (sql.includes('\0')) return 'has a NUL, which is nowhere allowed, also not outside of quotes';
  // The lines of a statement are indented, which would change such a text.
  if ((sql.match(QUOTED) ?? []).some((quoted) => quoted.includes('\n'))) return 'has quotes over several lines: write \\n in them';
  // An empty text in place of each quoted one: it joins no words.
  const bare = sql.replace(QUOTED, "''").replaceAll("''", ' ');
  if (/--|\/\*|\*\/|\/\//.test(bare)) return 'has a comment: say it in `description`';
  const [other] = [...bare].filter((letter) => !ALLOWED.test(letter));
  if (other !== undefined)
    return /['"`]/.test(other) ? `has a ${other} that is not closed` : `has the character ${JSON.stringify(other)} outside of quotes`;
  const open: string[] = [];
  for (const letter of bare) {
    if (letter === '(' || letter === '[') open.push(letter);
    else if (letter in CLOSES && open.pop() !== CLOSES[letter]) return `closes a ${letter} that it has not opened`;
  }
  return open.length > 0 ? `opens a ${open.at(-1)} that it does not close` : undefined;
}
