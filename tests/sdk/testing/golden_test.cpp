#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>

#include <cmath>

using namespace bgraph;

// Values: golden/README.md, section 1.
TEST_CASE("the golden fill rule gives its published numbers", "[testing][golden]") {
  const at::Tensor weight = testing::golden_fill("blocks.0.attn.qkv.weight", 7, {4}, 0.0, 0.5);
  const float* w = weight.data_ptr<float>();
  CHECK(w[0] == -0.16903364658355713f);
  CHECK(w[1] == -0.30541568994522095f);
  CHECK(w[2] == -0.1014930009841919f);
  CHECK(w[3] == -0.2485000491142273f);
  const at::Tensor norm = testing::golden_fill("blocks.0.attn.qkv.weight", 7, {4}, 1.0, 0.1);
  CHECK(norm.data_ptr<float>()[0] == 0x1.eeb0e2p-1f);
  CHECK(norm.data_ptr<float>()[3] == 0x1.e68db8p-1f);
}

TEST_CASE("the golden fill of a whole weight sums to its published sum", "[testing][golden]") {
  const at::Tensor weight =
      testing::golden_fill("blocks.0.attn.qkv.weight", 7, {96, 32}, 0.0, 0.3061862178478973);
  double sum = 0;
  for (int64_t i = 0; i < weight.numel(); ++i) sum += weight.data_ptr<float>()[i];
  CHECK(std::abs(sum - -0.2419776550423478) < 1e-12);
}

TEST_CASE("a golden record refuses a changed element, a permutation and another shape", "[testing][golden]") {
  const auto golden = testing::Golden::open("losses");
  if (!golden) return;
  at::Tensor loss = at::empty({}, at::kDouble).fill_(1.19290492224);
  CHECK(golden->output_difference("enc.loss", loss) == "");
  CHECK(golden->output_difference("enc.loss", loss + 1e-5) != "");
  CHECK(golden->output_difference("enc.loss", loss.view({1})) != "");
  CHECK(golden->output_difference("enc.loss", loss * std::nan("")) != "");
}
