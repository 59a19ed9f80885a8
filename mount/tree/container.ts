/**
 * A container in the tree: the files of a process.
 */
import type { ElementView } from './kinds.js';
import { heldNotices, runningFiles } from './process.js';

export const containerView: ElementView = { title: 'a Docker container', files: runningFiles, notices: heldNotices };
