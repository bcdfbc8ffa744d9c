/** The values of a segment as literals, for a statement that is kept without parameters beside it: a dbt model. Pure. */
import { quoteText, quoteTextInTemplate } from '../sql/sql-text.ts';
import { Parameters, type ParameterValue } from './compile-parameters.ts';
import type { Living } from './living.ts';

export class Literals extends Parameters {
  readonly #asOf: string | undefined;
  readonly #zone: string;

  /** @param asOf SQL of the moment that is asked about; undefined when that is one moment for good. @param timezone name of the zone. */
  constructor(asOf: string | undefined, timezone: string) {
    super();
    this.#asOf = asOf;
    this.#zone = quoteTextInTemplate(timezone);
  }

  override add(type: string, value: ParameterValue, living?: Living): string {
    if (living && this.#asOf !== undefined) return living(this.#asOf, this.#zone);
    const text = typeof value === 'object' ? `[${value.map(quoteTextInTemplate).join(', ')}]` : quoteTextInTemplate(String(value));
    return type === 'String' || type === 'Array(String)' ? text : `cast(${text}, ${quoteText(type)})`;
  }
}
