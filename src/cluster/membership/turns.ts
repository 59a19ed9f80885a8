/**
 * Who dials, of two servers that do not know each other: the one that knows fewer members, at equal numbers the one with the lower ID. If both dialled,
 * a storm of starts would cost twice the handshakes; the other waits, and looks again. Pure.
 */

/** What one of the two says of itself. */
export interface Party {
  /** undefined: only its address is known, so it cannot know of us. */
  readonly id: string | undefined;
  /** Live servers in its view, itself included; undefined if it does not say. */
  readonly members: number | undefined;
}

/** Whether this server dials first. What the other says decides on a wait and on nothing else: a lie delays one dial. */
export function dialsFirst(self: { readonly id: string; readonly members: number }, other: Party): boolean {
  if (other.id === undefined || other.members === undefined) return true;
  return self.members === other.members ? self.id < other.id : self.members < other.members;
}
