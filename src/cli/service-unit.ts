/**
 * The unit of systemd(1) for a server: for the packages, which have three of them, and for `circuit install-service`.
 */

export interface UnitOptions {
  /** For the system; for whom `circuit@USER` names; for the user's own systemd. */
  readonly kind: 'system' | 'template' | 'user';
  /** The program and its words. */
  readonly command: readonly string[];
}

const DESCRIPTIONS = {
  system: 'Circuit: processes and channels of many hosts as files under /circuit',
  template: 'Circuit of the user %i',
  user: 'Circuit: processes and channels of many hosts as files',
} as const;
/** A template's server has a directory in /run to mount at: systemd gives a system unit no $XDG_RUNTIME_DIR. */
const TEMPLATE_LINES = 'User=%i\nRuntimeDirectory=circuit-%i\n';
const TEMPLATE_WORDS = ' -m %t/circuit-%i';

/**
 * The text of a unit file. Before 253 systemd does not know the second type, says so, and keeps the first; it reloads by the command. Nothing in it makes
 * a mount namespace (PrivateMounts, PrivateTmp, ProtectSystem …), since nobody else would see the mount.
 */
export function serviceUnit({ kind, command }: UnitOptions): string {
  const online = kind === 'user' ? '' : 'Wants=network-online.target\nAfter=network-online.target\n';
  return `[Unit]
Description=${DESCRIPTIONS[kind]}
${online}
[Service]
Type=notify
Type=notify-reload
${kind === 'template' ? TEMPLATE_LINES : ''}ExecStart=${command.map(quote).join(' ')}${kind === 'template' ? TEMPLATE_WORDS : ''}
ExecReload=/bin/kill -HUP $MAINPID
WatchdogSec=30
Restart=on-failure
KillMode=mixed
Delegate=yes

[Install]
WantedBy=${kind === 'user' ? 'default.target' : 'multi-user.target'}
`;
}

/** A word of a command line as systemd.service(5) reads it. */
function quote(word: string): string {
  const escaped = word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$').replaceAll('\n', '\\n');
  return /^[\w./:@%+=,-]+$/.test(word) ? escaped : `"${escaped}"`;
}
