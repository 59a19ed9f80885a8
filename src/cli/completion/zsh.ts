/**
 * The completion of zsh: `source <(circuit completion zsh)`, behind `compinit`.
 */
import { type CompletedCommand, SIGNALS, WAY, WAY_FLAGS } from './vocabulary.js';

export function zshScript(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name, help }) => `    ${quote(`${name.replaceAll(':', '\\:')}:${help}`)}`).join('\n');
  return `#compdef circuit
# Completion of circuit for zsh: source <(circuit completion zsh), behind compinit
_circuit_paths() {
  local cur=\${words[CURRENT]} parent
  parent=\${cur%/*}
  compadd -S '' -- \${(f)"$(circuit ls --timeout 2 "\${way[@]}" -- "\${parent:-/}" 2> /dev/null)"}
}

_circuit_hosts() {
  compadd -- \${\${(f)"$(circuit ls --timeout 2 "\${way[@]}" -- /host 2> /dev/null)"}#/host/}
}

_circuit() {
  local -a commands way options files values choices hosts
  local kind=file on='' at pair previous=\${words[CURRENT - 1]}
  commands=(
${names}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case \${words[2]} in
${commands.map(commandCase).join('\n')}
  esac
  for ((at = 3; at < CURRENT; at++)); do
    [[ \${words[at]} == -* ]] && on=''
    (( \${hosts[(Ie)\${words[at]}]} )) && on=yes
    case \${words[at]} in
      (${WAY.join('|')}) way+=("\${words[at]}" "\${words[at + 1]}") ;;
      (${WAY.filter((name) => name.length > 2).map((name) => `${name}=*`).join('|')}|${WAY_FLAGS.join('|')}) way+=("\${words[at]}") ;;
    esac
  done
  for pair in $choices; do
    [[ $previous == \${pair%%:*} ]] || continue
    compadd -- \${(s:,:)pair#*:}
    return
  done
  (( \${values[(Ie)$previous]} )) && return
  (( \${files[(Ie)$previous]} )) && kind=file
  [[ -n $on ]] && kind=host
  if [[ \${words[CURRENT]} == -* ]]; then
    compadd -- $options
    return
  fi
  case $kind in
    (command) _describe command commands ;;
    (path) _circuit_paths ;;
    (host) _circuit_hosts ;;
    (signal)
      if [[ \${words[CURRENT]} == /* ]] || (( CURRENT > 3 )); then _circuit_paths
      else compadd -- ${SIGNALS.join(' ')}; fi
      ;;
    (file) _files ;;
  esac
}
compdef _circuit circuit
`; // prettier-ignore
}

function commandCase({ name, options, beforeFile, beforeValue, choices, beforeHosts, words }: CompletedCommand): string {
  return `    (${name}) options=(${options.join(' ')}) files=(${beforeFile.join(' ')}) values=(${beforeValue.join(' ')}) choices=(${choices.join(' ')}) hosts=(${beforeHosts.join(' ')}) kind=${words} ;;`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
