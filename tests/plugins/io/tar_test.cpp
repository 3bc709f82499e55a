// Tar archives and WebDataset samples written byte by byte.
#include "webdataset.h"
#include "written_files.h"

#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;
using testing::tar_entry;

namespace {

const std::string kEnd(1024, '\0');

struct Entries {
  testing::ScratchFolder folder;
  std::vector<std::pair<std::string, std::string>> of(const std::string& bytes) const {
    testing::write_text(folder.file("a.tar"), bytes);
    io::TarFile archive(folder.file("a.tar"));
    std::vector<std::pair<std::string, std::string>> found;
    while (archive.next()) {
      const auto content = archive.content(1 << 20);
      found.emplace_back(archive.name(), std::string(content.begin(), content.end()));
    }
    return found;
  }
};

std::string record(const std::string& key, const std::string& value) {
  size_t length = key.size() + value.size() + 3;
  while (length != std::to_string(length).size() + key.size() + value.size() + 3) length = std::to_string(length).size() + key.size() + value.size() + 3;
  return std::to_string(length) + " " + key + "=" + value + "\n";
}

}  // namespace

TEST_CASE("a tar archive gives its files with short, prefixed, long GNU and PAX names", "[io][tar]") {
  const Entries entries;
  std::string prefixed = tar_entry("tail.txt", "p");
  prefixed.replace(345, 8, "head/mid");
  uint64_t sum = 8 * ' ';
  for (size_t i = 0; i < 512; ++i) sum += i < 148 || i >= 156 ? static_cast<uint8_t>(prefixed[i]) : 0;
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06o", static_cast<unsigned>(sum));
  prefixed.replace(148, 7, std::string(digits, 7));
  const std::string long_name = std::string(150, 'd') + "/x.txt";
  const auto found = entries.of(tar_entry("plain.txt", "one") + tar_entry("folder/", "", '5') + prefixed + tar_entry("././@LongLink", long_name + std::string(1, '\0'), 'L') +
                                tar_entry(long_name, "two") + tar_entry("PaxHeader", record("mtime", "1.5") + record("path", "p/q.bin"), 'x') + tar_entry("short", "three") +
                                tar_entry("after", "") + kEnd);
  using All = std::vector<std::pair<std::string, std::string>>;
  CHECK(found == All{{"plain.txt", "one"}, {"head/mid/tail.txt", "p"}, {long_name, "two"}, {"p/q.bin", "three"}, {"after", ""}});
  CHECK(entries.of(testing::gzipped(tar_entry("plain.txt", "one") + kEnd)) == All{{"plain.txt", "one"}});
}

TEST_CASE("links, devices and names that lead out of a tar archive are refused", "[io][tar]") {
  const Entries entries;
  CHECK_THROWS_WITH(entries.of(tar_entry("a", "", '2') + kEnd), ContainsSubstring("a.tar: 'a' is a link, expected a file or a folder"));
  CHECK_THROWS_WITH(entries.of(tar_entry("a", "", '1') + kEnd), ContainsSubstring("is a link"));
  CHECK_THROWS_WITH(entries.of(tar_entry("a", "", '3') + kEnd), ContainsSubstring("is a device"));
  CHECK_THROWS_WITH(entries.of(tar_entry("/etc/passwd", "x") + kEnd), ContainsSubstring("name '/etc/passwd' is one that leads out of it"));
  CHECK_THROWS_WITH(entries.of(tar_entry("a/../../b", "x") + kEnd), ContainsSubstring("leads out of it"));
  CHECK_THROWS_WITH(entries.of(tar_entry("a\xff/../b", "x") + kEnd), ContainsSubstring("name 'a?/../b'"));
}

TEST_CASE("a tar archive that is cut off says so at every place", "[io][tar]") {
  const Entries entries;
  const std::string whole = tar_entry("a.txt", std::string(700, 'a')) + tar_entry("b.txt", "b");
  for (const size_t length : {1, 511, 600, 1300, 1536, 1600, 2100})
    CHECK_THROWS_WITH(entries.of(whole.substr(0, length)), ContainsSubstring("cut off"));
  CHECK_THROWS_WITH(entries.of(whole), ContainsSubstring("end of the archive is missing; the archive is cut off, expected a block of zeros"));
  CHECK_THROWS_WITH(entries.of(tar_entry("h", "12 nonsense", 'x') + kEnd), ContainsSubstring("PAX records"));
}

TEST_CASE("consecutive files of one stem are a WebDataset sample", "[io][webdataset]") {
  const testing::ScratchFolder folder;
  testing::write_text(folder.file("0.tar"), tar_entry("d.x/s1.a.npy", "1") + tar_entry("d.x/s1.b", "2") + tar_entry("d.x/s2.a.npy", "3") + tar_entry("d.x/s1.c", "4") + kEnd);
  io::Webdataset samples(folder.file("0.tar"), 10);
  io::WebSample sample;
  std::vector<std::pair<std::string, size_t>> found;
  while (samples.next(sample)) found.emplace_back(sample.key, sample.fields.size());
  CHECK(found == std::vector<std::pair<std::string, size_t>>{{"d.x/s1", 2}, {"d.x/s2", 1}, {"d.x/s1", 1}});
  testing::write_text(folder.file("0.tar"), tar_entry("s1.a", "1") + tar_entry("s1.a", "2") + kEnd);
  io::Webdataset twice(folder.file("0.tar"), 10);
  CHECK_THROWS_WITH(twice.next(sample), ContainsSubstring("field 'a' of 's1' is there twice"));
  testing::write_text(folder.file("0.tar"), tar_entry("s1.a", std::string(11, 'x')) + kEnd);
  io::Webdataset large(folder.file("0.tar"), 10);
  CHECK_THROWS_WITH(large.next(sample), ContainsSubstring("'s1.a' is 11, expected at most 10 bytes long"));
}
