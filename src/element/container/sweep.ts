/**
 * Removes what servers of this host that are dead have left behind, and nothing else: what a container's labels say is believed only where it cannot
 * have come with its image, and its name agrees.
 */
import { type Engine, type Labelled } from './engine.js';
import { isDead, MADE_LABEL, NAME_LABEL, OWNER_LABEL, ownerOf, SERVER_LABEL } from './owner.js';

/** @param warn told of each that is removed. @throws CircuitError EIO */
export async function sweep(engine: Engine, warn: (message: string) => void): Promise<void> {
  const own = ownerOf(process.pid);
  for (const container of await engine.labelled(OWNER_LABEL)) {
    const { id, labels } = container;
    const owner = labels[OWNER_LABEL];
    if (owner === undefined || !isDead(owner, own) || !(await isMade(engine, container))) continue;
    await engine.remove(id);
    warn(`removed container ${id}, which server ${labels[SERVER_LABEL] ?? ''} has left behind`);
  }
}

/**
 * Whether a server made it. An image that `docker commit` makes of a container carries its labels, and so does what is run of that image; one that
 * was renamed has been adopted. Where the image is gone, nobody can tell, and the container stays.
 */
async function isMade(engine: Engine, { names, labels, image }: Labelled): Promise<boolean> {
  const name = labels[NAME_LABEL];
  const made = labels[MADE_LABEL];
  if (name === undefined || made === undefined || !names.includes(name)) return false;
  const inherited = await engine.imageLabels(image);
  return inherited !== undefined && inherited[MADE_LABEL] !== made;
}
