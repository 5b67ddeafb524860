#!/bin/sh
# Measures the profiles that the experiments on measured costs start from: benchmarks/paper/measure.sh DSC FOLDER [MODEL...]
# DSC is the built command. A profile that is there already is kept, so a stopped run goes on where it was; a model costs a few minutes.
set -eu
[ $# -ge 2 ] || { echo "usage: $0 DSC FOLDER [MODEL...]" >&2; exit 2; }
dsc=$1
folder=$2
shift 2
[ $# -gt 0 ] || set -- $("$dsc" models)
mkdir -p "$folder"

# The largest batch such that a pass takes less than about half a minute on one x86 core.
batches_of() {
  case $1 in
    efficientnet_b7|efficientnet_v2_l) echo 1,2,4,8,16 ;;
    efficientnet_b6|efficientnet_v2_m) echo 1,2,4,8,16,32 ;;
    *) echo 1,2,4,8,16,32,64 ;;
  esac
}

for model in "$@"; do
  if [ -e "$folder/$model.json" ]; then
    echo "$model: measured before, kept"
    continue
  fi
  "$dsc" profile "$model" --batches "$(batches_of "$model")" --warm-ups 1 --repeats 3 -o "$folder/$model.json"
done
