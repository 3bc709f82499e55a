// Every type that can travel on an edge.
#pragma once

#include <bgraph/sdk/values/betas.h>
#include <bgraph/sdk/values/cluster_map.h>
#include <bgraph/sdk/values/features.h>
#include <bgraph/sdk/values/figure.h>
#include <bgraph/sdk/values/images.h>
#include <bgraph/sdk/values/model.h>
#include <bgraph/sdk/values/table.h>
#include <bgraph/sdk/values/tensor.h>
#include <bgraph/sdk/values/voxel_table.h>
#include <bgraph/sdk/values/voxels.h>
