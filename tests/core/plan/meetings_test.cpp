#include "finished_plan.h"

#include <bgraph/core/plan/meetings.h>
#include <bgraph/core/plan/separation.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::plan;

namespace {

NodeSpec fitting() {
  return {.inputs = {{.name = "images", .type = "Images", .fits = true}}, .outputs = {{.name = "model", .type = "Model"}}};
}

/// What it makes of the images it is shown is labelled as they are.
NodeSpec predicting() {
  return {.inputs = {{.name = "model", .type = "Model"}, {.name = "seen", .type = "Images"}},
          .outputs = {{.name = "images", .type = "Images", .split = "=seen"}}};
}

std::vector<std::string> names(const std::vector<TestValue>& values) {
  std::vector<std::string> all;
  for (const auto& value : values) all.push_back(value.output);
  return all;
}

/// Two folds of images 1 to 4 that are joined and scored together: each fits to what the other tests on.
struct TwoFolds : FinishedPlan {
  size_t train[2], held[2], fit[2], predict[2];

  TwoFolds() {
    for (const int fold : {0, 1}) {
      const std::string name = std::to_string(fold);
      train[fold] = images("train" + name, fold ? std::vector<int64_t>{1, 2} : std::vector<int64_t>{3, 4}, "train");
      held[fold] = images("held" + name, fold ? std::vector<int64_t>{3, 4} : std::vector<int64_t>{1, 2}, "test");
      fit[fold] = step("fit" + name, fitting(), {{"images", {{train[fold], "out"}}}});
      predict[fold] = step("predict" + name, predicting(), {{"model", {{fit[fold], "model"}}}, {"seen", {{held[fold], "out"}}}});
    }
    step("score", {}, {{"images", {{predict[0], "images"}, {predict[1], "images"}}}, {"seen", {{held[0], "out"}, {held[1], "out"}}}});
  }
};

}  // namespace

TEST_CASE("a model meets the fold it predicts, not the one it was fitted to", "[plan][meetings]") {
  TwoFolds folds;
  Meetings meetings(folds.plan, folds.plan.cells[0], folds.store);
  CHECK(names(meetings.of(folds.fit[0])) == std::vector<std::string>{"held0.out"});
  CHECK(names(meetings.of(folds.fit[1])) == std::vector<std::string>{"held1.out"});
  CHECK(meetings.test_values().size() == 2);
  for (const int fold : {0, 1}) CHECK_NOTHROW(refuse_shared_images(folds.plan, folds.fit[fold], folds.store));
}

TEST_CASE("a model that predicts a fold it was fitted to is refused before it is fitted", "[plan][meetings]") {
  TwoFolds folds;
  folds.plan.steps[folds.predict[1]].sources["model"] = {{folds.fit[0], "model"}};
  CHECK_THROWS(refuse_shared_images(folds.plan, folds.fit[0], folds.store));
  CHECK_NOTHROW(refuse_shared_images(folds.plan, folds.fit[1], folds.store));
}

TEST_CASE("what was fitted reaches through what is made of it, until a prediction of test data", "[plan][meetings]") {
  FinishedPlan made;
  const size_t train = made.images("train", {1, 2}, "train"), held = made.images("held", {2}, "test"), other = made.images("other", {1}, "test");
  const size_t fit = made.step("fit", fitting(), {{"images", {{train, "out"}}}});
  const size_t draws = made.step("draws", {.outputs = {{.name = "images", .type = "Images"}}}, {{"model", {{fit, "model"}}}});
  const size_t next = made.step("next", fitting(), {{"images", {{draws, "images"}}}});
  const size_t predict = made.step("predict", predicting(), {{"model", {{next, "model"}}}, {"seen", {{held, "out"}}}});
  made.step("score", {}, {{"images", {{predict, "images"}}}, {"seen", {{other, "out"}}}});
  Meetings meetings(made.plan, made.plan.cells[0], made.store);
  CHECK(names(meetings.of(fit)) == std::vector<std::string>{"held.out"});

  // The label of a value that is there counts, whatever its port declares.
  made.plan.steps[predict].outputs["images"] = made.published({2}, "train", "toy");
  Meetings labelled(made.plan, made.plan.cells[0], made.store);
  CHECK(names(labelled.of(fit)) == std::vector<std::string>{"held.out", "other.out"});
}
