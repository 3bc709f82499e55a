// How well two partitions agree, and how mixed a cluster is.
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph::clusters {

/// Adjusted mutual information of two labellings [n] int64 >= 0: 1 for the same partition, 0 on average by chance.
///   (I - E[I]) / ((H(a) + H(b)) / 2 - E[I]),  E[I] over random partitions of the same sizes
/// Two partitions without information (one class each) agree fully: 1.
/// Source: Vinh, Epps & Bailey 2010, eq. 24a and table 2 (arithmetic mean).
double adjusted_mutual_information(const at::Tensor& a, const at::Tensor& b);

/// Entropy of the subjects within each cluster over log(subjects): 1 = all alike, 0 = one subject alone.
///   cluster, subject [n] int64 >= 0  ->  one number per non-empty cluster; NaN for a single subject
at::Tensor subject_entropy(const at::Tensor& cluster, const at::Tensor& subject, int64_t subjects);

}  // namespace bgraph::clusters
