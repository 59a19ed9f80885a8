/**
 * Who gets in: the circuit's key, given or automatic, wrong or changed; and what others on the machine and on the network can do without it.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { PROGRAM } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';

const CIRCUIT = `${process.execPath} ${PROGRAM}`;
const AUTOMATIC = '/var/lib/circuit/key';

describe('the key of a circuit', function () {
  this.timeout(90_000);
  let bed: Bed;
  let circuit: Circuit;
  before(async function () {
    needs(this, 'linux', 'netns', 'nft', 'tcpdump', 'fuse', 'fusectl', 'su');
    bed = await Bed.create({ hosts: 4 });
  });
  beforeEach(() => {
    circuit = new Circuit(bed);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
    await circuit.stop();
  });
  after(() => {
    bed.remove();
  });

  const newKey = (): string => randomBytes(32).toString('base64');
  const keyFile = (name: string, ...keys: readonly string[]): string => {
    const file = join(bed.directory, name);
    writeFileSync(file, `${keys.join('\n')}\n`, { mode: 0o600 });
    return file;
  };

  it('is made at the first start, and is all that a second host needs', async () => {
    await circuit.add(1, { key: 'automatic' });
    const stranger = await circuit.add(2, { key: 'automatic' });
    expect(await bed.host(1).run(`stat -c '%a %U' ${AUTOMATIC}; stat -c %a $(dirname ${AUTOMATIC})`)).to.equal('600 root\n700\n');
    await stranger.program.says(new RegExp(`another circuit.*${AUTOMATIC}`));
    expect(await circuit.seenBy(1)).to.deep.equal([circuit.daemon(1).id]);
    await circuit.forget(2).stop();

    await bed.host(1).run(`cp -p ${AUTOMATIC} ${bed.directory}/copy`);
    await bed.host(2).run(`cp -p ${bed.directory}/copy ${AUTOMATIC}`);
    await circuit.add(2, { key: 'automatic' });
    await circuit.complete();
  });

  it('keeps out who has another one, by whichever way it comes', async () => {
    const wrong = keyFile('wrong', newKey());
    const { url } = await circuit.add(1);
    await circuit.add(2);
    await circuit.complete();
    const stranger = await bed.host(3).start({ key: wrong, args: ['-j', url] });
    await stranger.program.says(/key/);
    expect(await bed.host(3).run('ls /circuit/host | grep -v help')).to.equal('web-3\n');
    expect((await bed.host(4).sh(`${CIRCUIT} mount -d ${url} --hmac ${wrong} /mnt`, { limit_s: 20 })).code).to.not.equal(0);
    expect(await bed.host(1).run('ls /circuit/host | grep -v help')).to.equal('web-1\nweb-2\n');
    await stranger.stop();
    await circuit.complete();
  });

  it('is changed without a stop, while a reader waits', async () => {
    const [old, next] = [newKey(), newKey()];
    const write = (...keys: readonly string[]): readonly string[] => [1, 2, 3].map((host) => keyFile(`key-${host}`, ...keys));
    const files = write(old);
    for (const host of [1, 2, 3]) await circuit.add(host, { key: files[host - 1] ?? '' });
    await circuit.complete();
    await bed.host(1).run('mkdir /circuit/self/c; echo mkchan 0 > /circuit/self/c/ctl');
    const reader = bed.host(2).spawn(['cat', '/circuit/host/web-1/c/recv']);
    await reader.waits();

    const steps = [[old, next], [next, old], [next]]; // prettier-ignore
    for (const [step, keys] of steps.entries()) {
      write(...keys);
      for (const host of circuit.hosts) {
        circuit.daemon(host).kill('SIGHUP');
        await bed.until(`web-${host} has read its keys`, () => circuit.daemon(host).log.split(/read .*key/i).length > step + 1);
      }
      await circuit.complete();
    }
    expect(reader.isRunning, reader.stderr).to.equal(true);
    await bed.host(3).run('echo still here > /circuit/host/web-1/c/send');
    await reader.exited;
    expect(reader.stdout).to.equal('still here\n');

    const late = await bed.host(4).start({ key: keyFile('late', old), args: ['-j', circuit.daemon(1).url] });
    await late.program.says(/key/);
    expect(await bed.host(4).run('ls /circuit/host | grep -v help')).to.equal('web-4\n');
    await late.stop();
    await circuit.add(4, { key: keyFile('current', next) });
    await circuit.complete();
  });

  it('is not used from a file that others can read', async () => {
    const open = join(bed.directory, 'open');
    writeFileSync(open, `${newKey()}\n`, { mode: 0o644 });
    const error = await bed.host(1).start({ key: open }).catch(String); // prettier-ignore
    expect(error).to.match(/open.*others.*chmod 600/s);
  });

  it('keeps other users of a host out: of the mount, the key, and the port', async () => {
    const { url } = await circuit.add(1);
    const { hostname, port } = new URL(url);
    const { stdout } = await bed.host(1).sh(`
      mkdir -p /circuit/self/private
      cat > /tmp/try-$$ <<'END'
        ls /circuit 2>&1 && echo BAD: listed
        cat ${bed.host(1).key} 2>&1 && echo BAD: read the key
        HOME=/nowhere XDG_STATE_HOME=/var/tmp/nobody timeout 20 ${CIRCUIT} mount -d ${url} /var/tmp/nobody/c 2>&1 && echo BAD: mounted
        exec 3<> /dev/tcp/${hostname}/${port}
        printf 'GET / HTTP/1.1\\r\\nHost: x\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n' >&3
        timeout 15 cat <&3 | grep -a -q '101 Switching' && echo BAD: was upgraded
        echo tried
END
      mkdir -m 777 -p /var/tmp/nobody/c
      setpriv --reuid=65534 --regid=65534 --clear-groups bash /tmp/try-$$
      rm /tmp/try-$$`, { limit_s: 60 }); // prettier-ignore
    expect(stdout).to.match(/tried\n$/);
    expect(stdout).to.not.include('BAD');
    expect(await bed.host(1).run('ls -d /circuit/self/private')).to.equal('/circuit/self/private\n');
  });

  /** Names and messages that a record of the network is searched for. */
  const SECRETS = ['a-secret-name', 'a secret message', 'a secret word of a process'];
  const found = async (): Promise<readonly string[]> => {
    const record = await bed.record(2);
    await bed.host(1).run(`
      cd /circuit/host/web-2/
      mkdir ${SECRETS[0]} ${SECRETS[0]}/p
      echo mkchan 1 > ${SECRETS[0]}/ctl
      echo ${SECRETS[1]} > ${SECRETS[0]}/send
      cat ${SECRETS[0]}/recv
      echo mkproc echo ${SECRETS[2]} > ${SECRETS[0]}/p/ctl
      cat ${SECRETS[0]}/p/stdout
      rmdir ${SECRETS[0]}/p ${SECRETS[0]}`);
    const bytes = await record.stop();
    expect(bytes.length, 'bytes recorded').to.be.above(1000);
    return [...SECRETS, 'web-2'].filter((secret) => bytes.includes(secret));
  };

  it('hides names and messages from who listens on the network', async () => {
    await Promise.all([circuit.add(1), circuit.add(2)]);
    await circuit.complete();
    expect(await found()).to.deep.equal([]);
  });

  it('can be done without, with a warning; then everything can be read', async () => {
    const args = ['--insecure'];
    await Promise.all([1, 2].map(async (host) => circuit.add(host, { key: 'automatic', args })));
    await circuit.complete();
    expect(circuit.daemon(1).log).to.match(/insecure/);
    expect(await found()).to.include.members(SECRETS);
  });
});
