/**
 * Whether a name is that of a time zone: of the workspace and of segments. It is looked up by JavaScript and by ClickHouse, and only names as IANA
 * spells them mean the same to both: JavaScript takes `utc` and `+02:00` as well.
 */
export function isTimezone(name: string): boolean {
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    // Of an older name (`US/Eastern`) it tells the new one, which says nothing of the spelling.
    return known.toLowerCase() === name.toLowerCase() ? known === name && !/^[+-]/.test(name) : /^[A-Z][^/]*(\/[A-Z][^/]*)*$/.test(name);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
