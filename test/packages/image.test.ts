/**
 * The image of docs/deploy: three containers of it form a circuit, and a fourth one, without Circuit, uses the mount that the first one shares.
 */
import { execFile, spawn } from 'node:child_process';
import { copyFileSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type Docker from 'dockerode';
import { generateKey } from '../../src/wire/transport/keyring.js';
import { untilOver } from '../lib/children.js';
import { DockerEngine } from '../lib/docker.js';
import { needs } from '../lib/machine.js';
import { bareDebian, packages, ROOT } from '../lib/packages/cached.js';

const run = promisify(execFile);
const { version: VERSION } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const BASE = 'bare:bookworm';
const IMAGE = 'circuit:test';
const LIMIT_MS = 300_000;
const MAY_MOUNT = {
  Devices: [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' }],
  CapAdd: ['SYS_ADMIN'],
  SecurityOpt: ['apparmor=unconfined'],
};

describe('the image', function () {
  this.timeout(LIMIT_MS);
  let engine: DockerEngine | undefined;
  let scratch = '';
  const containers: Docker.Container[] = [];

  before(async function () {
    this.timeout(4 * LIMIT_MS);
    needs(this, 'root', 'fuse', 'docker', 'debootstrap');
    const [base, folder] = [await bareDebian(), await packages(VERSION)];
    scratch = mkdtempSync(join(tmpdir(), 'image-'));
    engine = await DockerEngine.start({ alone: true });
    const tar = spawn('tar', ['-C', base, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [repo, tag] = BASE.split(':');
    await Promise.all([text(await engine.client.importImage(tar.stdout, { repo, tag })), untilOver(tar)]);
    const context = join(scratch, 'context');
    mkdirSync(context);
    copyFileSync(join(ROOT, 'docs/deploy/Dockerfile'), join(context, 'Dockerfile'));
    const tarball = `circuit-${VERSION}-linux-x64.tar.xz`;
    linkSync(join(folder, tarball), join(context, tarball));
    const packed = spawn('tar', ['-C', context, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const building = await engine.client.buildImage(packed.stdout, { t: IMAGE, buildargs: { BASE, VERSION }, networkmode: 'none' });
    const [said] = await Promise.all([text(building), untilOver(packed)]);
    expect(said).to.include('Successfully built');
    const shared = join(scratch, 'shared');
    mkdirSync(shared);
    await run('mount', ['--bind', shared, shared]);
    await run('mount', ['--make-shared', shared]);
    writeFileSync(join(scratch, 'key'), `${generateKey()}\n`, { mode: 0o600 });
  });

  after(async () => {
    await Promise.allSettled(containers.map((container) => container.remove({ force: true })));
    await engine?.stop();
    for (const path of ['shared/c', 'shared']) await run('umount', ['-l', join(scratch, path)]).catch(() => undefined);
    rmSync(scratch, { recursive: true, force: true });
  });

  /** Starts one in the network of the first. */
  async function start(image: string, Cmd: readonly string[], Binds: readonly string[], host: object = {}): Promise<Docker.Container> {
    const [first] = containers;
    const NetworkMode = first === undefined ? 'none' : `container:${first.id}`;
    const HostConfig = { NetworkMode, Binds: [...Binds], ...host };
    const container = await engine?.client.createContainer({ Image: image, Cmd: [...Cmd], HostConfig });
    if (container === undefined) throw new Error('there is no engine');
    containers.push(container);
    await container.start();
    return container;
  }

  /** What a program prints that runs to its end in a container. */
  async function output(container: Docker.Container, Cmd: readonly string[]): Promise<string> {
    const exec = await container.exec({ Cmd: [...Cmd], AttachStdout: true, AttachStderr: true, Tty: true });
    return (await text(await exec.start({ Tty: true }))).replaceAll('\r', '');
  }

  it('makes one circuit of three containers', async () => {
    const binds = [`${join(scratch, 'key')}:/etc/circuit/key:ro`];
    const serve = ['start', '--key', '/etc/circuit/key'];
    const first = await start(IMAGE, [...serve, '-m', '/shared/c'], [...binds, `${join(scratch, 'shared')}:/shared:rshared`], MAY_MOUNT);
    await start(IMAGE, serve, binds, MAY_MOUNT);
    await start(IMAGE, serve, binds, MAY_MOUNT);
    const script = `until [ "$(ls -d /shared/c/X* 2> /dev/null | wc -l)" = 3 ]; do sleep 0.1; done; echo all`;
    expect(await output(first, ['timeout', '60', 'bash', '--norc', '-c', script])).to.equal('all\n');
  });

  it('shares the mount with a fourth, which has nothing of Circuit', async () => {
    const fourth = await start(BASE, ['sleep', '600'], [`${join(scratch, 'shared')}:/shared:rslave`]);
    const script =
      'type circuit; cd /shared/c; for s in X*; do mkdir $s/a; echo mkproc echo hello > $s/a/ctl; cat $s/a/stdout; rmdir $s/a; done';
    expect(await output(fourth, ['bash', '--norc', '-c', script])).to.match(/circuit: not found\n(hello\n){3}$/);
  });

  it('stops in order when its container is stopped', async () => {
    const [first] = containers;
    await first?.stop({ t: 60 });
    expect((await first?.inspect())?.State.ExitCode).to.equal(0);
    const { stdout } = await run('cat', ['/proc/mounts']);
    expect(stdout).to.not.include(join(scratch, 'shared/c'));
  });
});
