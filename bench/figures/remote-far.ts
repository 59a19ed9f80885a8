/**
 * Two hosts that are far apart: what each operation costs in round trips, and bytes through a long way that loses some; ssh and sshfs over the same
 * way.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, type Contender, isAbsent, orAbsent, type Peer } from '../comparison.js';
import { moveApart } from '../contenders/cable.js';
import { on, serverDirectory, startPair } from '../contenders/hosts.js';
import { startSsh } from '../contenders/ssh.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { run } from '../program.js';

const WAY = { round_trip_ms: 80, loss_percent: 0.1 };
const TRIP_MS = WAY.round_trip_ms;
const TITLE = `${TRIP_MS} ms there and back, ${WAY.loss_percent} % lost`;
const MB = 1e6;

/** sshfs would take minutes for all. */
const TENTH = 10;

export const remoteFar: Figure = {
  name: 'remote-far',
  title: `A host far away: ${TITLE}`,
  async *run(scope, settings) {
    const { server: cores, clients } = PINNING.allCores;
    const pair = await startPair(scope, cores);
    const { here, there, bed } = pair;
    const anchors = Math.min(settings.anchors, 300);
    const bytes = settings.far_mb * MB;
    const files = join(bed.directory, 'far');
    for (let index = 0; index < anchors; index++) {
      await mkdir(join(files, `a${index}`), { recursive: true });
      for (const name of ['ctl', 'error', 'help']) await writeFile(join(files, `a${index}`, name), '');
    }
    const ssh = await orAbsent('ssh', () => startSsh(scope, cores, pair));
    const connected = isAbsent(ssh) ? [] : await ssh.connect();
    const sshfs = await orAbsent('sshfs', async () => {
      if (isAbsent(ssh)) return ssh;
      return { name: 'sshfs', mounted: await ssh.mount(files, 'dir_cache=no') };
    });
    const server = serverDirectory(pair);
    const channel = `${server}/channel`;
    await there.run(
      `cd /circuit/self; mkdir channel out many; echo mkchan 1000 > channel/ctl; echo 'mkproc /bin/echo x' > out/ctl
       cd many; seq -f 'a%g' 0 ${anchors - 1} | xargs mkdir`,
    );
    await here.run(`ls ${server} ${channel} > /dev/null`);
    await moveApart(scope, cores, pair, WAY);

    /** Time of the part between the two clocks alone, in ms. */
    const timed = (name: string, script: string, before = ''): Contender => ({
      name,
      measure: async () => {
        const clock = '${EPOCHREALTIME/./}';
        const text = `set -e; ${before}\nbegin=${clock}\n${script}\necho $((${clock} - begin))`;
        const printed = await run(clients, on(here, 'bash', '-c', text));
        return Number(printed.trim().split('\n').at(-1)) / 1000;
      },
    });
    const bySsh = (command: string, pipe = ''): Peer =>
      isAbsent(ssh) ? ssh : timed('ssh', `${pipe}${connected.join(' ')} ${command} > /dev/null`);
    const unit = 'ms';
    const oneTrip = [{ atMost: 1.25 * TRIP_MS }];
    // The bash builtins, so that no start of a program is measured.
    const send = timed('circuit', `echo x > ${channel}/send`);
    yield await compare({ figure: 'a message sent', unit, ours: send, peers: [bySsh('true')], aims: oneTrip }, settings);
    const receive = timed('circuit', `read -r < ${channel}/recv`, `echo x > ${channel}/send`);
    yield await compare({ figure: 'a message received', unit, ours: receive, peers: [bySsh('echo x')], aims: oneTrip }, settings);
    const output = timed('circuit', `read -r -N 1 < ${server}/out/stdout`);
    yield await compare({ figure: 'open and read of `stdout`', unit, ours: output, peers: [bySsh('echo x')], aims: oneTrip }, settings);
    const listing = timed('circuit', `ls -lR ${server}/many > /dev/null`, `mkdir ${server}/change; rmdir ${server}/change`);
    const part = Math.ceil(anchors / TENTH);
    const listed = isAbsent(sshfs) ? sshfs : timed('sshfs, a tenth of them, × 10', `ls -lR ${sshfs.mounted}/a{0..${part - 1}} > /dev/null`);
    const theirs: Peer = isAbsent(listed) ? listed : { name: listed.name, measure: async () => TENTH * (await listed.measure()) };
    yield await compare(
      { figure: `\`ls -lR\` of ${anchors}`, unit, ours: listing, peers: [theirs], aims: [{ atMost: 4.25 * TRIP_MS }] },
      settings,
    );
    const through = timed(
      'circuit',
      `head -c ${bytes} /dev/zero > ${server}/cat/stdin & test $(head -c ${bytes} ${server}/cat/stdout | wc -c) = ${bytes}; wait`,
      `rmdir ${server}/cat 2>/dev/null || true; mkdir ${server}/cat; echo mkproc /bin/cat > ${server}/cat/ctl`,
    );
    const piped = bySsh('cat', `head -c ${bytes} /dev/zero | `);
    yield await compare(
      {
        figure: `${settings.far_mb} MB through a remote \`cat\``,
        ...{ unit, ours: through, peers: [piped], aims: [{ ratioTo: 'ssh', atMost: 1.25 }] },
      },
      settings,
    );
  },
};
