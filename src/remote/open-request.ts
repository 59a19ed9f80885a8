/**
 * The opening of a file on another server, for reading or for writing.
 */
import type { Credentials } from '../base/bytes.js';
import type { ControlFile } from '../base/name.js';
import type { AnchorPath } from '../tree/server-tree.js';

/** Which file on which server. */
export interface OpenRequest {
  /** A number of its own among those of the session. */
  readonly handle: number;
  readonly target: string;
  readonly path: AnchorPath;
  readonly file: ControlFile;
  readonly credentials: Credentials;
}
