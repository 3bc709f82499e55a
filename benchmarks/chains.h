// A hundred chains of equal length, for bgraph, make and ninja: the same graph three times. For make and ninja every node is a file
// touched after the one before it. make and ninja compare times of files, bgraph keys over contents.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace bgraph::benchmarks {

constexpr int kChains = 100;

inline std::string name_of(int chain, int place) { return fmt::format("n{}_{}", chain, place); }

/// graph.toml, Makefile and build.ninja.
inline void write_chains(const std::filesystem::path& folder, int nodes) {
  std::filesystem::create_directories(folder);
  std::ofstream toml(folder / "graph.toml"), make(folder / "Makefile"), ninja(folder / "build.ninja");
  toml << "[nodes.images]\ntype = \"io.toy_images\"\ncount = 8\nsize  = 16\n";
  ninja << "rule touch\n  command = touch $out\n";
  std::string all;
  for (int i = 0; i < nodes; ++i) {
    const int chain = i % kChains, place = i / kChains;
    const std::string name = name_of(chain, place), before = place == 0 ? "" : name_of(chain, place - 1);
    toml << fmt::format("[nodes.{0}]\ntype   = \"analysis.shuffle_images\"\nstream = \"{0}\"\ninputs = {{ images = \"{1}\" }}\n",
                        name, place == 0 ? "images.images" : before);
    make << fmt::format("{}: {}\n\t@touch $@\n", name, before);
    ninja << fmt::format("build {}: touch {}\n", name, before);
    if (i + kChains >= nodes) all += " " + name;
  }
  make << "all:" << all << "\n.DEFAULT_GOAL := all\n";
  ninja << "build all: phony" << all << "\ndefault all\n";
}

}  // namespace bgraph::benchmarks
