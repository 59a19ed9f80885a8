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

(require('./bundle.cjs').loadBundle(kind) || require('../dist/bundle/circuit.cjs')).main(args).catch(function (error) {
  if (!/circuit\.node/.test(error.message)) throw error;
  var machine = process.platform + '-' + process.arch;
  process.stderr.write(
    'circuit: the addon for ' +
      machine +
      ' cannot be loaded: ' +
      error.message.split('\n')[0] +
      '; expected one compiled for this system: npm rebuild circuitfs, with g++, make and python3\n',
  );
  process.exit(1);
});
