#!/usr/bin/env bash
# The long part of fuzzing, with libFuzzer: bash fuzz/long.sh SECONDS [TARGET…]
#
# Without a target, all of them, one after another, each for so long. Needs a nightly toolchain, cargo-fuzz and a C++
# compiler: rustup toolchain install nightly; cargo install cargo-fuzz
# An input that breaks a target is left in fuzz/artifacts/TARGET; inputs that reach new code are kept in fuzz/grown/TARGET,
# which the next call goes on from.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?how many seconds for each target}
shift
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for corpus in fuzz/corpus/*; do
    targets+=("$(basename "$corpus")")
  done
fi

broken=()
for target in "${targets[@]}"; do
  printf '\n== %s ==\n' "$target"
  folders=("fuzz/grown/$target" "fuzz/corpus/$target")
  if [ -d "fuzz/regressions/$target" ]; then folders+=("fuzz/regressions/$target"); fi
  case $target in
    plan | template) folders+=(tests/malformed) ;;
    environment) folders+=(tests/malformed-environments fixtures/environments) ;;
  esac
  mkdir -p "fuzz/grown/$target"
  # The sanitizer watches memory that safe Rust does not lose; without it, twice as many inputs are tried.
  cargo +nightly fuzz run --features libfuzzer --sanitizer none "$target" "${folders[@]}" -- \
    -dict="fuzz/dictionaries/$target.dict" -max_total_time="$seconds" \
    -timeout=20 -rss_limit_mb=1024 -max_len=16384 -print_final_stats=1 || broken+=("$target")
done

if [ ${#broken[@]} -gt 0 ]; then
  printf '\nbroken: %s; the inputs are in fuzz/artifacts\n' "${broken[*]}"
  exit 1
fi
