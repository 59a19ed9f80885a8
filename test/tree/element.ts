import type { ByteReader, ByteWriter } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import type { Element } from '../../src/element/element.js';

/** The least that an element can be: no files, no commands, and it knows whether it was scrubbed. */
export class BareElement implements Element {
  readonly kind = 'chan';
  busy = false;
  scrubbed = false;

  peek(): unknown {
    return { Scrubbed: this.scrubbed };
  }

  openReader(): ByteReader {
    throw new CircuitError('ENOENT');
  }

  openWriter(): ByteWriter {
    throw new CircuitError('ENOENT');
  }

  perform(verb: string): void {
    throw new CircuitError('EINVAL', `it does not ${verb}`);
  }

  scrub(): void {
    this.scrubbed = true;
  }
}
