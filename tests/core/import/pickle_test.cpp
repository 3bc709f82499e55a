// The pickle machine on streams written by hand, opcode by opcode.
#include <bgraph/core/import/gather.h>
#include <bgraph/core/import/pickle.h>
#include <bgraph/core/import/rebuild.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::import;
using Catch::Matchers::ContainsSubstring;
using Kind = Record::Kind;

namespace {

using namespace std::string_literals;

struct Read {
  explicit Read(const std::string& stream) : text(stream) {
    size_t length = 0;
    value = read_pickle(std::as_bytes(std::span(text)), "test.pkl", arena, meaning, length);
  }
  std::string text;  // records point into it
  std::set<std::string> inert;
  Rebuild meaning{inert};
  Arena arena;
  Record* value = nullptr;
};

std::string problem(const std::string& stream) {
  try {
    Read read(stream);
    gather(*read.value, read.arena);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("constants of every protocol", "[import][pickle]") {
  CHECK(Read("I42\n."s).value->integer == 42);
  CHECK(Read("I01\n."s).value->kind == Kind::boolean);
  CHECK(Read("L-7L\n."s).value->integer == -7);
  CHECK(Read("J\xfe\xff\xff\xff."s).value->integer == -2);
  CHECK(Read("M\x01\x02."s).value->integer == 513);
  CHECK(Read("\x80\x02\x8a\x02\x00\xff."s).value->integer == -256);
  CHECK(Read("\x8a\x00."s).value->integer == 0);
  CHECK(Read("F-1.5\n."s).value->number == -1.5);
  CHECK(Read("G\x3f\xf8\0\0\0\0\0\0."s).value->number == 1.5);
  CHECK(Read("\x80\x04\x95\x04\0\0\0\0\0\0\0\x8c\x02hi."s).value->text == "hi");
  CHECK(Read("(I1\nI2\nt."s).value->items.size() == 2);
  CHECK(Read("(S'a'\nI1\nd."s).value->entries.size() == 1);
  CHECK(Read("]q\0(K\1K\2e0h\0."s).value->items.size() == 2);
}

TEST_CASE("os.system is refused however it is asked for", "[import][pickle]") {
  for (const auto& stream : {"cos\nsystem\n(S'ls'\ntR."s, "(S'ls'\nios\nsystem\n."s, "(cos\nsystem\nS'ls'\no."s,
                             "\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02ls\x85R."s, "cos\nsystem\n."s,
                             "cos\nsystem\n)\x81."s})
    CHECK_THAT(problem(stream), ContainsSubstring("asks for os.system") && ContainsSubstring("test.pkl, byte "));
  CHECK_THAT(problem("cos\nsystem\n."s), ContainsSubstring("byte 0"));
  CHECK_THAT(problem("N0cbuiltins\neval\n."s), ContainsSubstring("byte 2: it asks for builtins.eval"));
  CHECK_THAT(problem("c__builtin__\ngetattr\n."s), ContainsSubstring("__builtin__.getattr"));
  CHECK_THAT(problem("cos.path\njoin\n."s), ContainsSubstring("os.path.join"));
  CHECK_THAT(problem("cmodels\nNet.__reduce__\n."s), ContainsSubstring("models.Net.__reduce__"));
  CHECK_THAT(problem("ctorch.storage\n_load_from_bytes\n(S'x'\ntR."s), ContainsSubstring("torch.storage._load_from_bytes"));
}

TEST_CASE("a class is a name, its object a record", "[import][pickle]") {
  const Read object("c__main__\nNet\n)\x81}(U\x01" "aK\1ub."s);
  CHECK(object.value->kind == Kind::object);
  CHECK(object.value->made_by->text == "__main__.Net");
  REQUIRE(find(*object.value, "a"));
  CHECK(find(*object.value, "a")->integer == 1);
  CHECK(Read("ccopy_reg\n_reconstructor\n(cmodels\nNet\nc__builtin__\nobject\nNtR."s).value->made_by->text == "models.Net");
}

TEST_CASE("streams that do not hold together are refused with the byte", "[import][pickle]") {
  CHECK_THAT(problem(""s), ContainsSubstring("byte 0: it ends"));
  CHECK_THAT(problem("."s), ContainsSubstring("the stack is empty"));
  CHECK_THAT(problem("N0N"s), ContainsSubstring("byte 3: it ends where 1 more bytes"));
  CHECK_THAT(problem("I12"s), ContainsSubstring("inside a line"));
  CHECK_THAT(problem("Ix\n."s), ContainsSubstring("no integer"));
  CHECK_THAT(problem("(K\1a."s), ContainsSubstring("the stack is empty"));  // not below the mark
  CHECK_THAT(problem("t."s), ContainsSubstring("no mark"));
  CHECK_THAT(problem("h\7."s), ContainsSubstring("slot 7"));
  CHECK_THAT(problem("NK\1a."s), ContainsSubstring("appends to nothing"));
  CHECK_THAT(problem("}(K\1u."s), ContainsSubstring("a key without a value"));
  CHECK_THAT(problem("K\1)R."s), ContainsSubstring("calls the number 1"));
  CHECK_THAT(problem("\x80\x09."s), ContainsSubstring("protocol 9"));
  CHECK_THAT(problem("\x82\1."s), ContainsSubstring("opcode 130"));
  CHECK_THAT(problem("\x97."s), ContainsSubstring("opcode 151"));
}

TEST_CASE("lengths beyond the file allocate nothing", "[import][pickle]") {
  CHECK_THAT(problem("T\xff\xff\xff\x7f."s), ContainsSubstring("2147483647 more bytes"));
  CHECK_THAT(problem("\x8d\xff\xff\xff\xff\xff\xff\xff\xff."s), ContainsSubstring("18446744073709551615 more bytes"));
  CHECK_THAT(problem("\x8b\xff\xff\xff\xff."s), ContainsSubstring("more bytes"));
  CHECK(Read("Nr\xff\xff\xff\xff."s).value->kind == Kind::none);  // a memo slot is a map entry
}

TEST_CASE("a short pickle cannot make a long walk", "[import][pickle]") {
  std::string doubled = "]q\0"s;  // l0 = []; l_{i+1} = [l_i, l_i]: 2^60 paths
  for (char i = 1; i <= 60; ++i) doubled += "](h"s + char(i - 1) + "h" + char(i - 1) + "eq" + i;
  CHECK_THAT(problem(doubled + "."), ContainsSubstring("more than any checkpoint holds"));
  CHECK_THAT(problem("]q\0h\0a."s), ContainsSubstring("deeper than 200 levels"));  // a list in itself
  std::string deep(300000, ']');
  CHECK(problem(deep + std::string(299999, 'a') + ".") != "");  // nested a hundred thousand deep: no stack overflow
  CHECK_THAT(problem(std::string(5'000'000, 'N') + "."), ContainsSubstring("more than any checkpoint holds"));
}

TEST_CASE("tensors that lie about themselves are refused", "[import][pickle]") {
  const auto tensor = [](const std::string& rest) {
    return "ctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nK\4tQ" + rest + "tR.";
  };
  const auto stream = [&](const std::string& rest) {
    std::string text = tensor(rest);
    for (size_t at; (at = text.find("S'")) != std::string::npos;) {  // protocol-0 text keeps its quotes: use BINSTRING
      const size_t end = text.find("'\n", at);
      const std::string word = text.substr(at + 2, end - at - 2);
      text.replace(at, end + 2 - at, "U" + std::string(1, static_cast<char>(word.size())) + word);
    }
    return text;
  };
  CHECK(Read(stream("K\0(K\4t(K\1tI00\n)"s)).value->kind == Kind::tensor);
  CHECK_THAT(problem(stream("K\0"s)), ContainsSubstring("no shape"));
  CHECK_THAT(problem(stream("K\0(J\xff\xff\xff\xfft(K\1t"s)), ContainsSubstring("expected a count"));
  CHECK_THAT(problem(stream("J\xff\xff\xff\xff(K\4t(K\1t"s)), ContainsSubstring("offset -1"));
  CHECK_THAT(problem(stream("K\0(K\2K\2t(K\1t"s)), ContainsSubstring("2 sizes and 1 strides"));
  CHECK_THAT(problem("ctorch._utils\n_rebuild_parameter\n(K\1tR."s), ContainsSubstring("expected a tensor"));
  CHECK_THAT(problem("ctorch._utils\n_rebuild_tensor_v2\n)R."s), ContainsSubstring("no storage"));
  CHECK_THAT(problem("K\1Q."s), ContainsSubstring("persistent id is the number 1"));
}
