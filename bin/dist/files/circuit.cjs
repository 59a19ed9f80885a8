/**
 * Starts the bundled program, with V8's code for it where the package brought that. Written so that a Node of any age can read it, and say that it is too old.
 */
'use strict';
var wanted = require('../package.json').engines.node.replace('>=', '');
var parts = process.versions.node.split('.').map(Number);
var least = wanted.split('.').map(Number);

if (parts[0] < least[0] || (parts[0] === least[0] && parts[1] < least[1])) {
  process.stderr.write('circuit: Node ' + process.versions.node + ' is too old: expected ' + wanted + ' or newer\n');
  process.exit(1);
}

var args = process.argv.slice(2);
var kind = args[0] === 'start' || args[0] === 'mount' ? 'daemon' : 'command';

(require('./bundle.cjs').loadBundle(kind) || require('../dist/bundle/circuit.cjs')).main(args);
