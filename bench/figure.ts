/**
 * What a figure's program is: it starts its contenders in the scope and yields its results one by one.
 */
import type { Result } from './comparison.js';
import type { Scope } from './scope.js';
import type { Settings } from './settings.js';

export interface Figure {
  /** As named on the command line. */
  readonly name: string;
  /** What is measured, for the heading. */
  readonly title: string;
  run(scope: Scope, settings: Settings): AsyncIterable<Result>;
}
