// What bgraph_test() tells a test of where it was built.
#pragma once

namespace bgraph::testing {

const char* plugin_list();  // files of the plugins it names, separated by ';'
const char* source_root();

}  // namespace bgraph::testing
