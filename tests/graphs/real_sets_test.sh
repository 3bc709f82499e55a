#!/bin/sh
# The graphs on real fMRI are right as written, and run: all folds of both sets in one graph each, digit69 with profile
# tiny. Needs the files they name.
#   real_sets_test.sh BGRAPH SOURCE
bgraph=$1
source=$2
data=${BGRAPH_DATA:-$source/../shared/data}  # folder of the real files
if [ ! -d "$data/fmri" ]; then
  echo "skipped: set BGRAPH_DATA to a folder with fmri/ and images/"
  exit 77
fi
for graph in digit69/full.toml digit69/shipped.toml miyawaki/full.toml; do
  "$bgraph" check "$source/graphs/$graph" --data "$data" || exit 1
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
run() { "$bgraph" run "$source/graphs/$1" --data "$data" --store "$scratch/store" --runs "$scratch/runs" --name "$2" $3 || exit 1; }
run digit69/full.toml digits "--profile tiny"
run miyawaki/full.toml figures
# No fold was fitted to an image that it was tested on.
if grep '"shared_with_test": [1-9]' "$scratch"/runs/*/separation.json; then exit 1; fi
# Without the data the same graph is refused, by the name of the file.
if "$bgraph" check "$source/graphs/digit69/full.toml" --data /nowhere 2>"$scratch/errors"; then
  echo "a graph whose files are missing was let through"
  exit 1
fi
grep -q "digit69_28x28.mat" "$scratch/errors"
