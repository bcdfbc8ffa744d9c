/** Splits a file of SQL into its statements. Pure. */

/**
 * Matches one token: a quoted text or comment, which may hold a semicolon that ends nothing, or a semicolon that ends a statement. Order
 * matters: the first match wins.
 */
const TOKEN =
  /--[^\n]*|#![^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S])*"|`(?:[^`\\]|\\[\s\S])*`|\$(\w*)\$[\s\S]*?\$\1\$|;/g;

/** @returns the statements without their semicolons, in order; pieces that hold nothing but comments are left out. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let start = 0;
  for (const token of sql.matchAll(TOKEN)) {
    if (token[0] !== ';') continue;
    statements.push(sql.slice(start, token.index));
    start = token.index + 1;
  }
  statements.push(sql.slice(start));
  return statements.map((statement) => statement.trim()).filter((statement) => withoutComments(statement).trim() !== '');
}

function withoutComments(sql: string): string {
  return sql.replace(TOKEN, (token) => (/^(?:--|#!|\/\*)/.test(token) ? ' ' : token));
}
