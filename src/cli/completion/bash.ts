/**
 * The completion of bash: `source <(circuit completion bash)`.
 */
import { type CompletedCommand, SIGNALS, WAY, WAY_FLAGS } from './vocabulary.js';

export function bashScript(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  return `# Completion of circuit for bash: source <(circuit completion bash)
_circuit_paths() {
  local parent=\${cur%/*} path
  while IFS= read -r path; do
    [[ $path == "$cur"* ]] && COMPREPLY+=("$(printf %q "$path")")
  done < <(circuit ls --timeout 2 "\${way[@]}" -- "\${parent:-/}" 2> /dev/null)
  compopt -o nospace 2> /dev/null
}

_circuit_hosts() {
  local host
  while IFS= read -r host; do
    host=\${host#/host/}
    [[ $host == "$cur"* ]] && COMPREPLY+=("$host")
  done < <(circuit ls --timeout 2 "\${way[@]}" -- /host 2> /dev/null)
}

_circuit() {
  # Not COMP_WORDS: there a URL is cut at its colons.
  local -a words way=()
  local cur='' at pair options='' values='' choices='' files='' hosts='' kind=file on=''
  read -ra words <<< "\${COMP_LINE:0:COMP_POINT}"
  [[ \${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] || { cur=\${words[-1]}; unset 'words[-1]'; }
  COMPREPLY=()
  if [ \${#words[@]} -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W '${names} --help --version' -- "$cur")
    return
  fi
  case \${words[1]} in
${commands.map(commandCase).join('\n')}
  esac
  for ((at = 2; at < \${#words[@]}; at++)); do
    case \${words[at]} in -*) on='' ;; esac
    case " $hosts " in *" \${words[at]} "*) on=yes ;; esac
    case \${words[at]} in
      ${WAY.join('|')}) way+=("\${words[at]}" "\${words[at + 1]}") ;;
      ${WAY.filter((name) => name.length > 2).map((name) => `${name}=*`).join('|')}|${WAY_FLAGS.join('|')}) way+=("\${words[at]}") ;;
    esac
  done
  for pair in $choices; do
    [[ \${words[-1]} == "\${pair%%:*}" ]] || continue
    pair=\${pair#*:}
    mapfile -t COMPREPLY < <(compgen -W "\${pair//,/ }" -- "$cur")
    return
  done
  case " $values " in *" \${words[-1]} "*) return ;; esac
  case " $files " in *" \${words[-1]} "*) kind='file' ;; esac
  [ -z "$on" ] || kind=host
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
    return
  fi
  case $kind in
    command) mapfile -t COMPREPLY < <(compgen -W '${names}' -- "$cur") ;;
    path) _circuit_paths ;;
    host) _circuit_hosts ;;
    signal)
      if [[ $cur == /* ]] || [ \${#words[@]} -gt 2 ]; then _circuit_paths
      else mapfile -t COMPREPLY < <(compgen -W '${SIGNALS.join(' ')}' -- "$cur"); fi
      ;;
    file)
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      compopt -o filenames 2> /dev/null
      ;;
  esac
}
complete -F _circuit circuit
`; // prettier-ignore
}

function commandCase({ name, options, beforeFile, beforeValue, choices, beforeHosts, words }: CompletedCommand): string {
  return `    ${name}) options='${options.join(' ')}' files='${beforeFile.join(' ')}' values='${beforeValue.join(' ')}' choices='${choices.join(' ')}' hosts='${beforeHosts.join(' ')}' kind=${words} ;;`;
}
