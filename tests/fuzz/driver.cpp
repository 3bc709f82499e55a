// Runs a fuzz target without libFuzzer: every input of the corpus, then seeded mutations of them.
//
//   fuzz_NAME [--seed S] [--runs N] FILE|FOLDER...     the same seed makes the same inputs
//
// Mutations: cut short, flip a bit, set a byte, insert or drop a stretch, repeat one, splice two inputs, put in a number
// or a word that parsers stumble over. What is being tried lies in fuzz_NAME.input beside the program until it has
// passed: after a crash it is the input to debug with (fuzz_NAME --runs 0 FILE runs it alone).
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

namespace fs = std::filesystem;
using Input = std::string;

constexpr size_t kLongest = 1 << 16;
constexpr int kRuns = 3000, kSoakRuns = 1000000;
constexpr double kSlow_s = 2;  // of one input: a parser that takes longer can be held up by a file

const std::vector<Input> kWords = {"",      "\"",   "{",    "}",     "[",      "]",    "\\",   "\n",  "\"\"\"", "'''",
                                   "null",  "true", "-1",   "1e999", "nan",    "inf",  "0x",   "=",   ".",      "..",
                                   "${data}", "\xff", "\xef\xbb\xbf", "\\u0000", "18446744073709551616", "-9223372036854775808",
                                   "[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":", std::string(1, '\0'), std::string(4, '\xff')};

std::vector<Input> read_corpus(const std::vector<fs::path>& paths) {
  std::vector<fs::path> files;
  for (const auto& path : paths)
    if (fs::is_directory(path)) {
      for (const auto& entry : fs::recursive_directory_iterator(path))
        if (entry.is_regular_file()) files.push_back(entry.path());
    } else {
      files.push_back(path);
    }
  std::sort(files.begin(), files.end());  // the order of a directory is the file system's
  std::vector<Input> corpus;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    Input input{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (input.size() <= kLongest) corpus.push_back(std::move(input));
  }
  if (corpus.empty()) corpus.emplace_back();
  return corpus;
}

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}

  Input make(const std::vector<Input>& corpus) {
    Input input = corpus[below(corpus.size())];
    for (size_t change = 0, changes = 1 + below(4); change < changes; ++change) mutate(input, corpus);
    if (input.size() > kLongest) input.resize(kLongest);
    return input;
  }

 private:
  size_t below(size_t n) { return n == 0 ? 0 : random_() % n; }

  void mutate(Input& input, const std::vector<Input>& corpus) {
    const size_t at = below(input.size() + 1), length = below(std::min<size_t>(input.size() - at, 64) + 1);
    switch (below(8)) {
      case 0: input.resize(at); break;
      case 1:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      case 2:
        if (at < input.size()) input[at] = static_cast<char>(random_());
        break;
      case 3: input.erase(at, length); break;
      case 4: input.insert(at, input.substr(at, length)); break;
      case 5: input.insert(at, kWords[below(kWords.size())]); break;
      case 6: input.replace(at, length, kWords[below(kWords.size())]); break;
      default: {
        const Input& other = corpus[below(corpus.size())];
        input = input.substr(0, at) + other.substr(below(other.size() + 1));
      }
    }
  }

  std::mt19937_64 random_;
};

/// The input being tried, in a file that outlives a crash.
class Trace {
 public:
  explicit Trace(const fs::path& program) : file_(program.string() + ".input") {
    const int fd = ::open(file_.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || ::ftruncate(fd, kLongest) != 0) std::exit(2);
    data_ = static_cast<char*>(::mmap(nullptr, kLongest, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    ::close(fd);
    if (data_ == MAP_FAILED) std::exit(2);
  }
  ~Trace() {
    ::munmap(data_, kLongest);
    fs::remove(file_);
  }
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;
  void note(const Input& input) {
    std::memset(data_, 0, used_);
    used_ = input.size();
    std::memcpy(data_, input.data(), used_);
  }

 private:
  fs::path file_;
  char* data_ = nullptr;
  size_t used_ = 0;
};

void attempt(const Input& input, Trace& trace) {
  trace.note(input);
  const auto start = std::chrono::steady_clock::now();
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  if (taken.count() > kSlow_s) std::fprintf(stderr, "slow input of %zu bytes: %.1f s\n", input.size(), taken.count());
}

}  // namespace

int main(int count, char** words) {
  // BGRAPH_SOAK: set for the long form of tests (./bgraph test --soak).
  int runs = std::getenv("BGRAPH_SOAK") ? kSoakRuns : kRuns;
  uint64_t seed = 1;
  std::vector<fs::path> paths;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--seed" && i + 1 < count) seed = std::strtoull(words[++i], nullptr, 10);
    else if (word == "--runs" && i + 1 < count) runs = std::atoi(words[++i]);
    else paths.emplace_back(word);
  }
  const auto corpus = read_corpus(paths);
  Trace trace(words[0]);
  for (const auto& input : corpus) attempt(input, trace);
  Mutator mutator(seed);
  for (int run = 0; run < runs; ++run) attempt(mutator.make(corpus), trace);
  std::printf("%zu inputs and %d mutations of them (seed %llu)\n", corpus.size(), runs, static_cast<unsigned long long>(seed));
}
