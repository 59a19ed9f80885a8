/**
 * What a bench has started and must take away again: processes, mounts, directories. Undone in reverse order, whether the bench ends well, fails
 * or is interrupted.
 */
export class Scope implements AsyncDisposable {
  static readonly #open = new Set<Scope>();
  readonly #undo: (() => Promise<unknown>)[] = [];

  constructor() {
    Scope.#open.add(this);
  }

  defer(undo: () => Promise<unknown>): void {
    this.#undo.push(undo);
  }

  /** Undoes everything, also what comes after a failure; then throws the first failure. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) {
      await undo().catch((error: unknown) => failures.push(error));
    }
    Scope.#open.delete(this);
    if (failures.length > 0) throw failures[0];
  }

  /** Undoes all scopes: for the signal handlers. */
  static async disposeAll(): Promise<void> {
    for (const scope of [...Scope.#open].reverse()) await scope[Symbol.asyncDispose]().catch(() => undefined);
  }
}
