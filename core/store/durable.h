// Files that are either there whole or not at all, also after a power cut:
// written under a temporary name, synced, renamed, and the folder synced.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace bgraph::store {

/// Replaces `file` by `text` in one step. Parent folders are made. Error naming the file and the cause
/// (no space, read-only, no permission).
void write_durably(const std::filesystem::path& file, std::string_view text);

/// The same without syncing: after a power cut the old or no text may be there. For what can be lost.
void write_whole(const std::filesystem::path& file, std::string_view text);

/// Adds one line to a file that several processes may append to. The line must not contain '\n'.
void append_line(const std::filesystem::path& file, std::string_view line);

/// Makes a folder and those above it; new ones are on disk before this returns.
void make_folder(const std::filesystem::path& folder);

/// Syncs one file or folder to disk.
void sync_path(const std::filesystem::path& path);

/// Syncs every file below `folder` and makes it read-only. That they are there, in their folders, is not synced.
void seal_tree(const std::filesystem::path& folder);

/// The whole file. Error naming it if it cannot be read.
std::string read_text(const std::filesystem::path& file);

/// The sentence for a failed write: what, which path, the system's reason and what to do about it.
[[noreturn]] void fail_writing(const std::filesystem::path& path, int error);

}  // namespace bgraph::store
