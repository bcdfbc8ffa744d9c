import { expect, test } from 'vitest';
import { printable, printableJson } from './printable.ts';
import { createTerminal, reportError } from './terminal.ts';

const ESC = '\u001b';

test.each([
  ['clears the screen', `${ESC}[2J${ESC}[H`, '\\u001b[2J\\u001b[H'],
  ['hides what follows', `a${ESC}[8mb`, 'a\\u001b[8mb'],
  ['sets the title', `${ESC}]0;x\u0007`, '\\u001b]0;x\\u0007'],
  ['starts with one character instead of two', '\u009b2J', '\\u009b2J'],
  ['writes over its line', 'good\rbad\u0008', 'good\\u000dbad\\u0008'],
  ['turns the direction', 'abc\u202edef', 'abc\\u202edef'],
  ['is a text in another script', 'Zoë 北京 👩‍👧 שלום', 'Zoë 北京 👩‍👧 שלום'],
  ['breaks its line', 'a\n\tb', 'a\n\tb'],
])('a text that %s is printed harmlessly', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('our own colours stay where there are some, and are written out where there are none', () => {
  expect(printable(`${ESC}[32m✓${ESC}[39m`, true)).toBe(`${ESC}[32m✓${ESC}[39m`);
  expect(printable(`${ESC}[32m✓${ESC}[39m`, false)).toBe('\\u001b[32m✓\\u001b[39m');
});

test('JSON holds the same value, without anything that would steer a terminal', () => {
  const value = { name: `a${ESC}[2J\u009b2J\u007f\u202e\n` };
  const printed = printableJson(JSON.stringify(value));
  expect(printed).not.toMatch(/[^ -~]/);
  expect(JSON.parse(printed)).toEqual(value);
});

test('whatever a command prints goes through it', () => {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text), isTTY: false } as unknown as NodeJS.WriteStream;
  const name = `x${ESC}[2J`;
  for (const json of [false, true]) {
    const terminal = createTerminal({ json, out: stream, err: stream });
    terminal.say(name);
    terminal.result({ name }, () => terminal.table([name], [[name]]));
    terminal.progress(name).end(name);
    reportError(new Error(name), json, stream);
  }
  expect(written.length).toBeGreaterThan(5);
  expect(written.join('')).not.toContain(`${ESC}[2J`);
});
