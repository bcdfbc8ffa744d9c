/** What a reader of operands throws, and the check of the condition reports. Pure. */
import type { Path } from '../documents/problem.ts';

/** Says what is wrong with an operand. The caller adds the place of its operator; `at` leads on from there. */
export class OperatorProblem extends Error {
  readonly at: Path;

  constructor(message: string, at: Path = []) {
    super(message);
    this.at = at;
  }
}
