// The precompiled header of every LibTorch unit: parsing these costs 6 s without it.
#include <bgraph/sdk/contract/manifest.h>
#include <torch/nn/module.h>
#include <torch/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>
