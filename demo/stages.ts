/** Says on stderr what the demo is doing, and measures how long each part takes. */
import colors from 'picocolors';

/** The parts whose seconds `--json` reports. */
export type Part = 'setup' | 'landing' | 'build' | 'segments' | 'syncs';
export type Seconds = Record<Part | 'total', number>;

export interface Stages {
  /**
   * Runs one step of a part. `note` shows how far it is while it runs; the string that `describe` makes of the result is
   * printed beside the step's time.
   */
  run<T>(part: Part, title: string, work: (note: (text: string) => void) => Promise<T>, describe?: (result: T) => string): Promise<T>;
  heading(text: string): void;
  say(text: string): void;
  /** So far, rounded to hundredths; `total` runs from the creation of the stages. */
  seconds(): Seconds;
}

const TITLE_WIDTH = 62;

export function createStages(stream: NodeJS.WriteStream = process.stderr): Stages {
  const startedAt = performance.now();
  const spentMs: Record<Part, number> = { setup: 0, landing: 0, build: 0, segments: 0, syncs: 0 };
  const paint = colors.createColors(stream.isTTY === true && colors.isColorSupported);
  /** Only a terminal can take a line back; a log gets each line once, when its step is done. */
  const rewrite = (text: string) => {
    // cut, because a line that the terminal wraps cannot be taken back
    if (stream.isTTY) stream.write(`\r\u001b[K${paint.dim(text.slice(0, stream.columns - 1))}`);
  };
  return {
    async run(part, title, work, describe) {
      const from = performance.now();
      rewrite(`  … ${title}`);
      try {
        const result = await work((text) => rewrite(`  … ${title.padEnd(TITLE_WIDTH)} ${text}`));
        const took = `${((performance.now() - from) / 1_000).toFixed(1)} s`.padStart(7);
        rewrite('');
        stream.write(`  ${paint.green('✓')} ${title.padEnd(TITLE_WIDTH)}${paint.dim(took)}  ${describe?.(result) ?? ''}\n`);
        return result;
      } catch (error) {
        rewrite('');
        stream.write(`  ${paint.red('✗')} ${title}\n`);
        throw error;
      } finally {
        spentMs[part] += performance.now() - from;
      }
    },
    heading: (text) => void stream.write(`\n${paint.bold(text)}\n`),
    say: (text) => void stream.write(`    ${text}\n`),
    seconds() {
      const seconds = { ...spentMs, total: performance.now() - startedAt };
      const rounded = (ms: number) => Math.round(ms / 10) / 100;
      return {
        setup: rounded(seconds.setup),
        landing: rounded(seconds.landing),
        build: rounded(seconds.build),
        segments: rounded(seconds.segments),
        syncs: rounded(seconds.syncs),
        total: rounded(seconds.total),
      };
    },
  };
}
