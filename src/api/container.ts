/**
 * A handle of a container element.
 */
import type { ContainerPeek } from '../element/container/peek.js';
import { Running } from './running.js';

/** A Docker container that runs, or has run, on a server; its peek is Docker's inspect document. Scrubbing it removes the container, whether it runs or not. */
export class Container extends Running<ContainerPeek> {
  readonly kind = 'docker';
}
