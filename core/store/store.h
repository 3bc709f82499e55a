// The store: immutable values found by content, and key records that say which unit led to them.
//
//   store/values/<2>/<digest>/     value.json + payload; published by one rename, read-only afterwards
//   store/keys/<2>/<key>.json      key -> outputs, preimage, who, when, how long
//   store/history/<type>           the keys of a node type: see history.h
//   store/unfinished/<key>/        checkpoints; removed when the key is published
//   store/files/                   digests of files, remembered until they change
//   store/index                    what was found good before: see index.h
//   store/locks/<key>              held by whoever computes the key
//   store/pins/, store/runs/       what has to stay: see roots.h
//   store/leases/, store/in_use    what living processes need: see lease.h
//   store/tmp/                     being written
//
// Any number of processes share a store. A half-written value is never visible; a damaged or missing one
// makes the keys that lead to it a miss, so that it is computed again.
//
//   Store store("store");
//   store.prepare();                       // before writing
//   Publication draft(store, "my-run");    // a value being written
//   ... files into draft.folder() ...
//   const Digest digest = draft.publish(header);
#pragma once

#include <bgraph/core/store/file_memo.h>
#include <bgraph/core/store/history.h>
#include <bgraph/core/store/index.h>
#include <bgraph/core/store/key_record.h>
#include <bgraph/core/store/lease.h>
#include <bgraph/core/store/lock.h>
#include <bgraph/core/store/temporary.h>
#include <bgraph/sdk/contract/value_header.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bgraph::store {

/// How much of a value that was seen good before is hashed again when it is found. Sizes and stamps are always
/// looked at; only silent changes of the disk escape them.
enum class Trust {
  sampled,  // one value in 64, another one in each process, up to 64 MiB each
  none,     // every value: --paranoid
};

class Store {
 public:
  /// Touches nothing: a store that does not exist yet holds nothing.
  explicit Store(std::filesystem::path root, Trust trust = Trust::sampled);

  /// Makes the folders and sweeps what dead processes left. Error in one sentence if it cannot be written.
  void prepare() const;

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path value_folder(const Digest& digest) const;
  std::filesystem::path unfinished_folder(const std::string& key) const;
  std::filesystem::path key_file(const std::string& key) const;
  std::filesystem::path temporary_root() const { return root_ / "tmp"; }
  const FileMemo& files() const { return files_; }

  /// True if the value is there and undamaged. Sizes are looked at every time; bytes are hashed again
  /// when the files' stamps changed since they were last seen good, or when trust says so.
  bool has(const Digest& digest) const;
  /// The header of a value. Error if it is missing or damaged.
  ValueHeader open(const Digest& digest) const;
  /// Hashes every byte of a value again: "" or what is wrong with it.
  std::string verify(const Digest& digest) const;
  /// Takes a value out of the store (it is computed again when needed).
  void discard(const Digest& digest) const;
  /// The same, but to a place on the same disk.
  void discard(const Digest& digest, const std::filesystem::path& grave) const;
  /// Every value there is, by name alone.
  std::vector<Digest> values() const;

  /// The record of a key, if it is there and all of its outputs are.
  std::optional<KeyRecord> find(const std::string& key) const;
  /// The same in short, from the index where nothing has changed: microseconds.
  std::optional<Known> known(const std::string& key) const;
  /// The record of a key, whatever became of its outputs.
  std::optional<KeyRecord> record(const std::string& key) const;
  /// Writes the record, last of all, and removes the unit's checkpoints. Chunks of a map node stay out of
  /// the history that explanations are looked up in.
  void publish(const KeyRecord& record, bool in_history = true) const;
  /// The last records of this node type, newest first; valid until the next one is published.
  const std::vector<KeyRecord>& history(const std::string& type) const;

  /// From now on `store gc` leaves alone what is found or published through this, for as long as this lives.
  /// Nothing happens if the store is not there yet.
  void hold() const { lease_->begin(); }
  /// Values given by others are held too.
  void hold(const std::vector<Digest>& digests) const;
  /// While it lives nothing is taken out: to look up much at once.
  Look look() const { return Look(*lease_); }

  /// The lock of a key, or nothing while another process computes it. Release with remove_and_release().
  std::optional<FileLock> try_lock(const std::string& key) const;

 private:
  std::optional<Known> look_up(const std::string& key) const;
  bool is_sampled(const Digest& digest) const;
  bool is_doubted(const Digest& digest, const ValueHeader& header) const;
  void remember_good(const Digest& digest, const ValueHeader& header) const;
  void forget_good(const Digest& digest, const ValueHeader& header) const;

  std::filesystem::path root_;
  FileMemo files_;
  std::shared_ptr<Index> index_;
  std::shared_ptr<History> history_;
  std::shared_ptr<Lease> lease_;
  Trust trust_;
  uint8_t sample_;  // which of the values this process hashes again
};

/// A value being written, in a folder nobody else sees until `publish`.
class Publication {
 public:
  /// `label` names the run in the folder name, for people.
  Publication(const Store& store, const std::string& label);

  /// Where payload.safetensors and the other files go.
  const std::filesystem::path& folder() const { return folder_; }

  /// Writes value.json, syncs, makes the files read-only and renames the folder into place. If the value
  /// is there already, ours is dropped. Call once. Error if sizes do not match the header.
  Digest publish(const ValueHeader& header);

 private:
  const Store& store_;
  TemporaryFolder temporary_;
  std::filesystem::path folder_;
};

/// `--store`, else BGRAPH_STORE, else ./store.
std::filesystem::path store_root(const std::string& option);

}  // namespace bgraph::store
