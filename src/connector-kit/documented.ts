/** Source of a number in the declaration, and the date of the last look-up. */
export interface NumberSource {
  readonly link: string;
  readonly checkedOn: string;
}
