/**
 * The clauses of a selection, whose files users name as they see them.
 */

/** Makes a circuit path, `/X…/a/recv`, of a path as a user sees it; one that is none comes back as it is. @throws CircuitError ENOENT */
export type PathReader = (path: string) => string;

/** Clauses of a selection whose files are named as the whole circuit knows them; what is no clause is left for the server to refuse. */
export function withCircuitPaths(spec: unknown, circuitPath: PathReader = (path) => path): unknown {
  if (!Array.isArray(spec)) return spec;
  return spec.map((clause: unknown) => {
    if (typeof clause !== 'object' || clause === null || !('file' in clause) || typeof clause.file !== 'string') return clause;
    return { ...clause, file: circuitPath(clause.file) };
  });
}
