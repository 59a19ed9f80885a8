#!/usr/bin/env bash
# A dashboard: each host of a circuit, how many programs run there and how many have failed, as it happens. Needs jq.
#
#   examples/dashboard.sh [MOUNT_POINT]     /circuit unless given
circuit=${1:-/circuit}
declare -A host running failed

show() {
  [ -t 1 ] && clear
  printf '%-20s %8s %8s\n' HOST RUNNING FAILED
  for id in "${!host[@]}"; do printf '%-20s %8d %8d\n' "${host[$id]}" "${running[$id]:-0}" "${failed[$id]:-0}"; done | sort
}

while IFS=$'\t' read -r what id name end; do
  case $what in
    joined) host[$id]=$name ;;
    left) unset "host[$id]" "running[$id]" "failed[$id]" ;;
    started) ((running[$id] += 1)) ;;
    exited) ((running[$id] -= 1)); [ "$end" = 0 ] || ((failed[$id] += 1)) ;;
    *) continue ;;
  esac
  show
done < <(exec jq --unbuffered -r '[.what, .server, .host, .signal // .code // 0] | @tsv' "$circuit/events")
