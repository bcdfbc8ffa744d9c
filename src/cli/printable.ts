/**
 * Text that is safe to write to a terminal. Names of events, files and columns are a stranger's: a control sequence in one could hide or rewrite
 * what stands on the screen, or fill the clipboard. Pure.
 */
import colors from 'picocolors';

/** The control sequences that colour our own messages; none of them hides a text or moves the cursor. */
const COLOUR = String.raw`\u001b\[(?:0|1|2|22|31|32|33|36|39)m`;
/** Control characters, and those that turn the direction of what follows. */
const UNSAFE = String.raw`[\p{Cc}\p{Bidi_Control}\u2028\u2029]`;

const colourOrUnsafe = new RegExp(`${COLOUR}|${UNSAFE}`, 'gu');
const unsafe = new RegExp(UNSAFE, 'gu');

/** The text with control sequences for the terminal written out, such as \u001b. Line breaks, tabs and our own colours stay. */
export function printable(text: string, hasColours = colors.isColorSupported): string {
  return text.replace(colourOrUnsafe, (found) => {
    if (found === '\n' || found === '\t') return found;
    return found.length > 1 && hasColours ? found : found.replace(unsafe, escaped);
  });
}

/** JSON on one line: the same value, without control sequences for a terminal. */
export const printableJson = (json: string) => json.replace(unsafe, escaped);

const escaped = (character: string) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
