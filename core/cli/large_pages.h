// The heap in pages of 2 MiB, where the kernel gives them for the asking.
//
// A plan of thousands of nodes is megabytes of small pieces, and every page of 4 KiB a fault: a seventh of a run with nothing
// to do (benchmarks/noop.cpp). A program that holds little pays nothing.
#pragma once

namespace bgraph::cli {

void use_large_pages();

}  // namespace bgraph::cli
