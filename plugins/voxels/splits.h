// What the preparation nodes share: the same change made to training, validation and test trials, and written down.
//
// A node derives from OverSplits, has the three inputs and outputs, and calls `each` with what is to be done. A split that is not
// given comes out empty. What was done is appended to the value (`Betas::done`).
#pragma once

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/values/stored_rows.h>

#include <functional>

namespace bgraph::voxels {

class OverSplits : public Node {
 public:
  In<Betas> betas{this, "betas", "training trials", kFits | kStored};
  In<Betas> validation{this, "validation", "validation trials of the same voxels", kOptional | kStored};
  In<Betas> test{this, "test", "test trials of the same voxels", kOptional | kStored};
  Out<Betas> out_betas{this, "betas", "training trials", "=betas"};
  Out<Betas> out_validation{this, "validation", "validation trials; empty if none were given", "=validation"};
  Out<Betas> out_test{this, "test", "test trials; empty if none were given", "=test"};

 protected:
  /// The splits that are given, training first.
  std::vector<const Betas*> given() const {
    std::vector<const Betas*> splits = {&*betas};
    if (validation.given()) splits.push_back(&*validation);
    if (test.given()) splits.push_back(&*test);
    for (const Betas* split : splits) {
      if (!split->views.empty())
        throw Error("responses are predicted ones that are not computed yet", "set materialize = \"store\" on the node that makes them");
      if (split->subjects.size() != betas->subjects.size()) throw Error("the splits are of different subjects", "take them from one node");
      for (size_t s = 0; s < split->subjects.size(); ++s)
        if (split->subjects[s].subject != betas->subjects[s].subject || split->subjects[s].voxels() != betas->subjects[s].voxels())
          throw Error("the splits differ at " + betas->subjects[s].subject + ": other subject or number of voxels", "take them from one node");
    }
    return splits;
  }

  /// Changes every subject of every split and notes it.
  void each(const Json& done, const std::function<SubjectBetas(const SubjectBetas&, size_t subject)>& change) {
    const auto changed = [&](const Betas& split) {
      Betas result = split;
      for (size_t s = 0; s < result.subjects.size(); ++s) result.subjects[s] = change(split.subjects[s], s);
      result.done.push_back(done);
      return result;
    };
    given();
    out_betas = changed(*betas);
    out_validation = validation.given() ? changed(*validation) : Betas{};
    out_test = test.given() ? changed(*test) : Betas{};
  }
};

}  // namespace bgraph::voxels
