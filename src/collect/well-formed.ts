/** JSON text that ClickHouse can store and parse, whatever strings the client sent. Pure. */

/**
 * As JSON.stringify, but a lone half of a surrogate pair becomes U+FFFD. JSON may carry such a half as an escape, UTF-8 cannot, and text
 * that cannot be stored would make the whole insert fail.
 */
export function wellFormedJson(value: unknown): string {
  const text = JSON.stringify(value);
  // The first check is the faster one, and nearly always enough.
  return text.includes('\\ud') && LONE_SURROGATE.test(text)
    ? JSON.stringify(value, (_key, member) => (typeof member === 'string' ? member.toWellFormed() : repaired(member)))
    : text;
}

/** JSON.stringify writes a lone surrogate as \ud800 … \udfff in lower case, and a pair as itself. */
const LONE_SURROGATE = /\\ud[89a-f][0-9a-f]{2}/;

function repaired(member: unknown): unknown {
  if (typeof member !== 'object' || member === null || Array.isArray(member) || JSON.isRawJSON(member)) return member;
  return Object.fromEntries(Object.entries(member).map(([name, value]) => [name.toWellFormed(), value]));
}
