#!/usr/bin/env bash
# Runs make targets one after the other, goes on when one fails, and says in the end
# how each went. The exit code is 1 if any failed.
#
#   MAKE=make bash internal/nightly/steps.sh "TARGET TO LEAVE OUT..." TARGET...
#
# A target whose tool is missing says what to install and fails: what did not run has
# not passed.
set -euo pipefail

read -ra skip <<<"$1"
steps=("${@:2}")

within() { # WORD LIST...
  local word=$1 each
  shift
  for each in "$@"; do
    if [[ $each == "$word" ]]; then return; fi
  done
  return 1
}

for name in "${skip[@]}"; do
  if ! within "$name" "${steps[@]}"; then
    echo "SKIP names $name, which is no step: the steps are ${steps[*]}" >&2
    exit 2
  fi
done

trap 'exit 130' INT # and not on to the next step
report=() failed=0
for step in "${steps[@]}"; do
  if within "$step" "${skip[@]}"; then
    report+=("left out          $step")
    continue
  fi
  printf '\n=== %s, %s\n' "$step" "$(date -u +%H:%M:%S)"
  began=$SECONDS
  how="passed  "
  if ! "$MAKE" --no-print-directory "$step"; then
    how="FAILED  "
    failed=$((failed + 1))
  fi
  report+=("$how $(printf '%7ds' $((SECONDS - began)))  $step")
done

printf '\n=== %d of %d steps failed\n' "$failed" "${#steps[@]}"
printf '%s\n' "${report[@]}"
((failed == 0))
