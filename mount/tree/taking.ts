/**
 * Files whose messages are held until they are done: `take` of a channel, and `take.N` of a selection that has won one.
 */
import { after } from '../../src/base/after.js';
import type { Credentials } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import type { TakingEnd } from '../../src/base/name.js';
import { ReaderFile } from '../files/reader.js';
import { TakeFile } from '../files/take.js';
import type { AnchorHolder, FileKind } from './control-file.js';

/** @param looks whether it may be opened for reading alone, which gives the message back untried */
export function taking(
  file: 'take' | TakingEnd,
  words: Pick<FileKind<AnchorHolder>, 'purpose' | 'example'>,
  { looks }: { readonly looks: boolean },
): FileKind<AnchorHolder> {
  return {
    mode: 0o644,
    type: 'fifo',
    writesWait: 'long',
    guarded: true,
    ...words,
    open: ({ tree, path }, how, credentials) => {
      if (!how.read || !(how.write || looks))
        throw new CircuitError(
          'EINVAL',
          `${file}: opened for ${how.read ? 'reading' : 'writing'} alone; expected reading and writing, as by exec 3<> ${file}`,
        );
      const report = (error: CircuitError, who: Credentials): unknown => tree.reportError(path, file, error, who);
      return after(tree.openReader(path, file, credentials, { unacked: false, passive: !how.write }), (stream) =>
        how.write ? new TakeFile(stream, report) : new ReaderFile(stream),
      );
    },
  };
}
