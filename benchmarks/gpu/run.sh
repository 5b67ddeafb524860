#!/usr/bin/env bash
# Builds the adapter against python3's LibTorch (or CMAKE_PREFIX_PATH, or Debian's) and prints everything that must be run on a GPU.
# Arguments go to gpu_check: --device cuda|cuda:N|cpu, --out FOLDER, --profiles-only, --model NAME, --threads N, --repeats N, --quick. Environment: DSC_EXTRA_INCLUDE, BUILD, CMAKE_PREFIX_PATH.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${BUILD:-$here/../../build/gpu}

mkdir -p "$build"
if [[ -z ${CMAKE_PREFIX_PATH:-} ]]; then
  CMAKE_PREFIX_PATH=$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)' 2>/dev/null || true)
  export CMAKE_PREFIX_PATH
fi
cmake -S "$here" -B "$build" -G "$(command -v ninja >/dev/null && echo Ninja || echo 'Unix Makefiles')" \
  -DCMAKE_BUILD_TYPE=Release -DDSC_EXTRA_INCLUDE="${DSC_EXTRA_INCLUDE:-}" >"$build.log" 2>&1 || { cat "$build.log"; exit 2; }
cmake --build "$build" --target gpu_check --parallel >>"$build.log" 2>&1 || { tail -50 "$build.log"; exit 2; }
"$build/gpu_check" "$@"
