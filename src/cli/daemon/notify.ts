/**
 * Tells systemd how the daemon is doing (sd_notify(3)), if it was started by systemd with `Type=notify`.
 */
import { native } from '../../../native/index.js';

export function notify(state: 'READY=1' | 'STOPPING=1'): void {
  const path = process.env['NOTIFY_SOCKET'];
  if (path === undefined || path === '') return;
  try {
    native.sendDatagram(path, state);
  } catch {
    // A supervisor that has gone away is no reason to stop.
  }
}
