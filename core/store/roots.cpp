#include <bgraph/core/store/roots.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>

namespace bgraph::store {

namespace fs = std::filesystem;

namespace {

fs::path run_note(const Store& store, const fs::path& folder) {
  Hasher hasher;
  return store.root() / "runs" / hasher.add(folder.string()).finish().brief();
}

/// Values a manifest tells of; none if it cannot be read.
void add_run(const fs::path& folder, std::map<Digest, std::string>& kept) {
  const Json manifest = Json::parse(read_text(folder / "manifest.json"), nullptr, false);
  if (!manifest.is_object()) return;
  for (const auto& node : manifest.value("nodes", Json::array()))
    for (const auto& output : node.value("outputs", Json::object()))
      kept.try_emplace(Digest::from_hex(output.value("digest", "")), "run " + folder.filename().string());
}

/// Every digest written in a file as a text of its own.
void add_named_in(const fs::path& file, const std::string& by, std::map<Digest, std::string>& kept) {
  constexpr size_t kDigits = 64;
  std::error_code none;
  if (!fs::is_regular_file(file, none)) return;
  const std::string text = read_text(file);
  for (size_t quote = text.find('"'); quote != std::string::npos; quote = text.find('"', quote + 1)) {
    const std::string word = text.substr(quote + 1, kDigits);
    if (word.size() < kDigits || word.find_first_not_of("0123456789abcdef") != std::string::npos) continue;
    kept.try_emplace(Digest::from_hex(word), by);
  }
}

}  // namespace

void note_run(const Store& store, const fs::path& run_folder) {
  const fs::path note = run_note(store, run_folder);
  if (fs::exists(note)) return;
  try {
    write_whole(note, run_folder.string());
  } catch (const Error&) {
    // A store that cannot be written cannot be collected either.
  }
}

void pin(const Store& store, const Digest& digest, const std::string& why) {
  write_durably(store.root() / "pins" / digest.hex(), why);
}

bool unpin(const Store& store, const Digest& digest) { return fs::remove(store.root() / "pins" / digest.hex()); }

std::map<Digest, std::string> roots(const Store& store) {
  std::map<Digest, std::string> kept;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(store.root() / "pins", none))
    kept[Digest::from_hex(entry.path().filename().string())] = "pin: " + read_text(entry.path());
  for (const auto& entry : fs::directory_iterator(store.root() / "runs", none)) {
    const fs::path folder = read_text(entry.path());
    if (fs::exists(folder / "manifest.json"))
      add_run(folder, kept);
    else
      fs::remove(entry.path(), none);
  }
  for (const auto& entry : fs::directory_iterator(store.root() / "jobs", none))
    for (const char* file : {"request.json", "events.jsonl"})
      add_named_in(entry.path() / file, "a job that nobody has asked for its answer", kept);
  return kept;
}

}  // namespace bgraph::store
