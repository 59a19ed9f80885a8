/**
 * The kinds of element that there are.
 */

/** As `circuit ls -l` prints them. */
export const ELEMENT_KINDS = ['server', 'proc', 'docker', 'chan', 'dns', '@join', '@leave', 'select', 'lock', 'topic'] as const;
export type ElementKind = (typeof ELEMENT_KINDS)[number];

/** The command that makes one of that kind, as it is logged. */
export function makingOf(kind: ElementKind): string {
  return kind === 'docker' ? 'mkdkr' : `mk${kind}`;
}

export function isElementKind(text: string | null | undefined): text is ElementKind {
  return ELEMENT_KINDS.some((kind) => kind === text);
}
