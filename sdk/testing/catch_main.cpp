// The main function of every test binary, compiled once.
#define CATCH_CONFIG_RUNNER
#include <bgraph/sdk/testing/catch.h>

int main(int count, char** words) { return Catch::Session().run(count, words); }
