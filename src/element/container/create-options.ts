/**
 * A container's spec in the words of Docker's API (POST /containers/create).
 */
import type { ContainerCreateOptions } from 'dockerode';
import { parsePort } from './ports.js';
import { resourcesOf, type Run } from './run.js';

/** @param labels the server's own, which win over the user's */
export function createOptions(run: Run, name: string, labels: Readonly<Record<string, string>>): ContainerCreateOptions {
  const command = run.Path === '' ? run.Args : [run.Path, ...run.Args];
  const binds = run.Volume.filter((volume) => volume.includes(':'));
  const anonymous = run.Volume.filter((volume) => !volume.includes(':'));
  return {
    Image: run.Image,
    name,
    ...(command.length > 0 && { Cmd: command }),
    ...(run.Entry !== '' && { Entrypoint: [run.Entry] }),
    ...(run.Dir !== '' && { WorkingDir: run.Dir }),
    ...(run.User !== '' && { User: run.User }),
    Env: run.Env,
    Labels: { ...run.Labels, ...labels },
    Volumes: Object.fromEntries(anonymous.map((path) => [path, {}])),
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    ...published(run.Ports),
    HostConfig: {
      Binds: binds,
      ...resourcesOf(run),
      ...(run.Network !== '' && { NetworkMode: run.Network }),
      PortBindings: bindings(run.Ports),
    },
  };
}

function published(ports: readonly string[]): Pick<ContainerCreateOptions, 'ExposedPorts'> {
  return { ExposedPorts: Object.fromEntries(Object.keys(bindings(ports)).map((port) => [port, {}])) };
}

function bindings(ports: readonly string[]): Record<string, { HostIp: string; HostPort: string }[]> {
  const all: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports.map(parsePort)) {
    if (port !== undefined) (all[port.container] ??= []).push({ HostIp: port.ip, HostPort: port.host });
  }
  return all;
}
