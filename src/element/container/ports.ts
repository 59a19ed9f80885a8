/**
 * Published ports, as `docker run --publish` takes them: `[[IP:]HOST:]CONTAINER[/tcp|udp|sctp]`, an IPv6 address in brackets.
 */
import { isIP } from 'node:net';

export interface PublishedPort {
  /** As Docker names it: `80/tcp`. */
  readonly container: string;
  /** Empty for any address of the host. */
  readonly ip: string;
  /** Empty for a free port of the host. */
  readonly host: string;
}

/** 16 bits (RFC 9293 section 3.1). */
const PORT_MAX = 65_535;

/** Undefined for what is no port. */
export function parsePort(text: string): PublishedPort | undefined {
  const [, bracketed, plain, host = '', container = '', protocol = 'tcp'] =
    /^(?:(?:(?:\[([^\]]*)\]|([\d.]+)):)?(\d*):)?(\d+)(?:\/(tcp|udp|sctp))?$/.exec(text) ?? [];
  const ip = bracketed ?? plain ?? '';
  if (!isPort(container) || (host !== '' && !isPort(host)) || (ip !== '' && isIP(ip) === 0)) return undefined;
  return { container: `${Number(container)}/${protocol}`, ip, host: host === '' ? '' : String(Number(host)) };
}

function isPort(digits: string): boolean {
  return /^\d{1,5}$/.test(digits) && Number(digits) >= 1 && Number(digits) <= PORT_MAX;
}
