/** A text as one word of a POSIX shell. What is printed as a command is pasted into one, and a name may hold anything. Pure. */
export const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
