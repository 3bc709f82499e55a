#!/bin/sh
# The graphs on real fMRI are right as written: `bgraph check` finds nothing. Needs the files they name.
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
# Without the data the same graph is refused, by the name of the file.
if "$bgraph" check "$source/graphs/digit69/full.toml" --data /nowhere 2>real_sets_errors.txt; then
  echo "a graph whose files are missing was let through"
  exit 1
fi
grep -q "digit69_28x28.mat" real_sets_errors.txt
