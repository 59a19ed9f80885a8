/**
 * The kinds of element that there are.
 */

/** As `circuit ls -l` prints them. */
export const ELEMENT_KINDS = ['server', 'proc', 'chan', '@join', '@leave', 'select'] as const;
export type ElementKind = (typeof ELEMENT_KINDS)[number];

export function isElementKind(text: string | null | undefined): text is ElementKind {
  return ELEMENT_KINDS.some((kind) => kind === text);
}
