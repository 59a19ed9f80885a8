/**
 * The completion of fish: `circuit completion fish | source`.
 */
import { type CompletedCommand, SIGNALS, WAY, WAY_FLAGS } from './vocabulary.js';

export function fishScript(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name, help }) => `    printf '%s\\t%s\\n' ${quote(name)} ${quote(help)}`).join('\n');
  return `# Completion of circuit for fish: circuit completion fish | source
function __circuit_commands
${names}
end

# The options of the line that lead to a server.
function __circuit_way
  set -l words (commandline -opc)
  for at in (seq 3 (count $words))
    switch $words[$at]
      case ${WAY.join(' ')}
        printf '%s\\n' $words[$at] $words[(math $at + 1)]
      case ${WAY.filter((name) => name.length > 2).map((name) => `'${name}=*'`).join(' ')} ${WAY_FLAGS.join(' ')}
        printf '%s\\n' $words[$at]
    end
  end
end

function __circuit_paths
  set -l parent (string replace -r '/[^/]*$' '' -- (commandline -ct))
  test -n "$parent"; or set parent /
  circuit ls --timeout 2 (__circuit_way) -- $parent 2> /dev/null
end

function __circuit_hosts
  circuit ls --timeout 2 (__circuit_way) -- /host 2> /dev/null | string replace /host/ ''
end

function __circuit
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l options
  set -l files
  set -l values
  set -l choices
  set -l hosts
  set -l kind file
  if test (count $words) -eq 1
    __circuit_commands
    printf '%s\\n' --help --version
    return
  end
  switch $words[2]
${commands.map(commandCase).join('\n')}
  end
  set -l on
  for word in $words[3..-1]
    string match -q -- '-*' $word; and set on
    contains -- $word $hosts; and set on yes
  end
  for pair in $choices
    set -l parts (string split : -- $pair)
    test "$words[-1]" = $parts[1]; or continue
    string split , -- $parts[2]
    return
  end
  contains -- $words[-1] $values; and return
  contains -- $words[-1] $files; and set kind file
  test -n "$on"; and set kind host
  if string match -q -- '-*' $current
    printf '%s\\n' $options
    return
  end
  switch $kind
    case command
      __circuit_commands
    case path
      __circuit_paths
    case host
      __circuit_hosts
    case signal
      if string match -q -- '/*' $current; or test (count $words) -gt 2
        __circuit_paths
      else
        printf '%s\\n' ${SIGNALS.join(' ')}
      end
    case file
      __fish_complete_path $current
  end
end

complete -c circuit -e
complete -c circuit -f -a '(__circuit)'
`; // prettier-ignore
}

function commandCase({ name, options, beforeFile, beforeValue, choices, beforeHosts, words }: CompletedCommand): string {
  const list = (variable: string, all: readonly string[]): string => (all.length === 0 ? '' : `      set ${variable} ${all.join(' ')}\n`);
  const lists =
    list('options', options) +
    list('files', beforeFile) +
    list('values', beforeValue) +
    list('choices', choices) +
    list('hosts', beforeHosts);
  return `    case ${quote(name)}\n${lists}      set kind ${words}`;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, String.raw`\$&`)}'`;
}
