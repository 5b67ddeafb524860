#!/usr/bin/env bash
# Builds the adapter against python3's LibTorch (or CMAKE_PREFIX_PATH, or Debian's) and prints everything that must be run on a GPU, and how fast
# torchvision is beside it. Arguments go to gpu_check; README.md tells them. Environment: DSC_EXTRA_INCLUDE, BUILD, CMAKE_PREFIX_PATH, PYTHON.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${BUILD:-$here/../../build/gpu}
python=${PYTHON:-python3}

mkdir -p "$build"
if [[ -z ${CMAKE_PREFIX_PATH:-} ]]; then
  CMAKE_PREFIX_PATH=$("$python" -c 'import torch; print(torch.utils.cmake_prefix_path)' 2>/dev/null || true)
  export CMAKE_PREFIX_PATH
fi
cmake -S "$here" -B "$build" -G "$(command -v ninja >/dev/null && echo Ninja || echo 'Unix Makefiles')" \
  -DCMAKE_BUILD_TYPE=Release -DDSC_EXTRA_INCLUDE="${DSC_EXTRA_INCLUDE:-}" >"$build.log" 2>&1 || { cat "$build.log"; exit 2; }
cmake --build "$build" --target gpu_check --parallel "${JOBS:-$(nproc)}" >>"$build.log" 2>&1 || { tail -50 "$build.log"; exit 2; }

status=0
"$build/gpu_check" "$@" || status=$?
[[ $status -lt 2 ]] || exit $status

# torchvision's side belongs to the step `speed`, and understands what of the arguments concerns it.
wants_speed=yes
shared=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --only) [[ ,$2, == *,speed,* ]] || wants_speed=no; shift ;;
    --quick) shared+=("$1") ;;
    *) shared+=("$1" "$2"); shift ;;
  esac
  shift
done
if [[ $wants_speed == yes ]]; then
  printf '\n== speed of torchvision\n'
  "$python" "$here/torchvision_speed.py" "${shared[@]}"
fi
exit $status
