/** Something that must not have happened. */
export interface Violation {
  readonly rule: string;
  readonly at_ms: number;
  /** The job or the worker. */
  readonly who: string;
  readonly what: string;
}
