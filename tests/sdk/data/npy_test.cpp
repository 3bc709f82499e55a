#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/npy.h>
#include <bgraph/sdk/testing/catch.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <unistd.h>

#include <fstream>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

struct Scratch {
  Scratch() : file(std::filesystem::temp_directory_path() / ("bgraph-npy-" + std::to_string(::getpid()) + ".npy")) {}
  ~Scratch() { std::filesystem::remove(file); }
  const std::filesystem::path file;

  void write(const std::string& header, const std::string& data) const {
    std::ofstream out(file, std::ios::binary);
    out << "\x93NUMPY" << '\1' << '\0' << static_cast<char>(header.size()) << '\0' << header << data;
  }
};

}  // namespace

TEST_CASE("arrays of every kind and rank come back as they were written", "[data][npy]") {
  const Scratch scratch;
  const auto tensor = GENERATE(values<at::Tensor>(
      {at::arange(6, at::kFloat).reshape({2, 3}), at::arange(3, at::kDouble), at::arange(24, at::kLong).reshape({2, 3, 4}),
       at::arange(5, at::kInt), at::arange(4, at::kByte), at::zeros({0, 3}), at::tensor(7.5f).reshape({}),
       at::arange(3, at::kLong) > 1, at::arange(6, at::kFloat).reshape({2, 3}).t()}));
  write_npy(scratch.file, tensor);
  const at::Tensor read = read_npy(scratch.file);
  CHECK(read.scalar_type() == tensor.scalar_type());
  CHECK(read.sizes() == tensor.sizes());
  CHECK(read.equal(tensor));
}

TEST_CASE("the header is NumPy's own, padded to 64 bytes", "[data][npy]") {
  const Scratch scratch;
  write_npy(scratch.file, at::arange(3, at::kFloat));
  std::ifstream in(scratch.file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  REQUIRE(bytes.size() == 128 + 12);
  // numpy.save of arange(3, dtype="<f4"), NumPy 1.24
  CHECK(bytes.substr(10, 59) == "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }  ");
  CHECK(bytes[127] == '\n');
}

TEST_CASE("Fortran order is read as what it means", "[data][npy]") {
  const Scratch scratch;
  scratch.write("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n", std::string("\1\2\3\4\5\6"));
  CHECK(read_npy(scratch.file).equal(at::tensor({1, 3, 5, 2, 4, 6}, at::kByte).reshape({2, 3})));
}

TEST_CASE("what is no array of plain numbers is refused in words", "[data][npy]") {
  const Scratch scratch;
  const auto [header, data, reason] = GENERATE(table<std::string, std::string, std::string>({
      {"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", "x", "Python objects"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }\n", "12345678", "is 8 bytes long, expected 12 bytes"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999, 999999999999), }\n", "1234", "array"},
      {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }\n", "1234", "a record"},
      {"import os", "", "array header"},
  }));
  scratch.write(header, data);
  CHECK_THROWS_WITH(read_npy(scratch.file), ContainsSubstring(reason));
  std::ofstream(scratch.file) << "PK";
  CHECK_THROWS_WITH(read_npy(scratch.file), ContainsSubstring("file is too short"));
}
