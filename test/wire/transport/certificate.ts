/**
 * A certificate for localhost that is its own authority (RFC 5280), as somebody with a certificate but without the key would show.
 */
import { generateKeyPairSync, sign } from 'node:crypto';

const SEQUENCE = 0x30;
const SET = 0x31;

function der(tag: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part)));
  const { length } = content;
  const head = length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

const ECDSA_WITH_SHA256 = der(SEQUENCE, '06082a8648ce3d040302');
const LOCALHOST = Buffer.from('localhost');
const NAME = der(SEQUENCE, der(SET, der(SEQUENCE, '0603550403', der(0x0c, LOCALHOST))));
const time = (text: string): Buffer => der(0x17, Buffer.from(text));
/** basicConstraints: a CA; subjectAltName: localhost. */
const EXTENSIONS = der(
  0xa3,
  der(
    SEQUENCE,
    der(SEQUENCE, '0603551d13', '0101ff', der(0x04, der(SEQUENCE, '0101ff'))),
    der(SEQUENCE, '0603551d11', der(0x04, der(SEQUENCE, der(0x82, LOCALHOST)))),
  ),
);

export function makeCertificate(): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const validity = der(SEQUENCE, time('200101000000Z'), time('491231235959Z'));
  const publicInfo = publicKey.export({ type: 'spki', format: 'der' });
  const body = der(SEQUENCE, 'a003020102', '020101', ECDSA_WITH_SHA256, NAME, validity, NAME, publicInfo, EXTENSIONS);
  const signature = der(0x03, '00', sign('sha256', body, privateKey));
  const base64 = der(SEQUENCE, body, ECDSA_WITH_SHA256, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
}
