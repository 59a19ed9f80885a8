/**
 * The parts of one server's membership, built bottom-up: each knows the parts above it in this list, and tells the others by events.
 */
import { Detector } from './detector.js';
import { Dials } from './dials.js';
import { Flooding } from './flooding.js';
import { Heartbeat } from './heartbeat.js';
import { Hints } from './hints.js';
import { Inbound } from './inbound.js';
import { Join } from './join.js';
import { Joiners } from './joiners.js';
import { Overlay } from './overlay.js';
import { PartitionHealing } from './partition-healing.js';
import { PeerLinks } from './peer-links.js';
import { Probes } from './probes.js';
import { Reconciliation } from './reconciliation.js';
import type { Self } from './self.js';
import { Suspicions } from './suspicions.js';
import { ViewUpdates } from './view-updates.js';

export interface Parts {
  readonly links: PeerLinks;
  readonly dials: Dials;
  readonly suspicions: Suspicions;
  readonly updates: ViewUpdates;
  readonly probes: Probes;
  readonly detector: Detector;
  readonly overlay: Overlay;
  readonly heartbeat: Heartbeat;
  readonly join: Join;
  readonly inbound: Inbound;
  readonly hints: Hints;
  readonly healing: PartitionHealing;
}

export function partsOf(self: Self): Parts {
  const links = new PeerLinks();
  const dials = new Dials(self);
  const suspicions = new Suspicions(self, links);
  const flooding = new Flooding(self, links, suspicions);
  const updates = new ViewUpdates(self, links, flooding, suspicions);
  const reconciliation = new Reconciliation(self, updates);
  const probes = new Probes(self, links, dials, updates);
  const detector = new Detector(self, links, probes, updates);
  const overlay = new Overlay(self, { links, dials, updates, detector, flooding, suspicions, reconciliation });
  const heartbeat = new Heartbeat(self, links, overlay, detector, reconciliation);
  const join = new Join(self, links, dials, updates, overlay);
  const joiners = new Joiners(self, links, overlay);
  const inbound = new Inbound(self, { links, probes, updates, detector, overlay, reconciliation, heartbeat, join, joiners });
  const healing = new PartitionHealing(self, overlay);
  const hints = new Hints(self, dials, overlay, join);
  return { links, dials, suspicions, updates, probes, detector, overlay, heartbeat, join, inbound, hints, healing };
}
