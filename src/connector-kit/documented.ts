/** Where a number of the declaration comes from, and when it was last looked up. */
export interface Documented {
  readonly link: string;
  readonly checkedOn: string;
}
