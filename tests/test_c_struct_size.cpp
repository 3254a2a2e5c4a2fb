// Structs of C that grow: an older caller's, this version's and a newer caller's.
#include "support/doctest.hpp"

#include <string>

#include "c_api/versioned.hpp"
#include "support/refusal.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

// Version 1 ended behind `a`, version 2 behind `c`; version 4 has a field that version 3 does not know.
struct Version1 {
  std::size_t struct_size = sizeof(Version1);
  int a = 0, b = 0;
};
struct Version3 {
  std::size_t struct_size = sizeof(Version3);
  int a = 10, b = 20;
  double c = 30, d = 40;
};
struct Version4 {
  Version3 known;
  long long e = 0;
};

}  // namespace

template <>
inline constexpr std::size_t poolnorm::c_api::known_sizes<Version3>[] = {sizeof(Version1), sizeof(Version1) + 8,
                                                                         sizeof(Version3)};

TEST_CASE("a struct of another version: missing fields default, unknown ones are refused") {
  Version3 out;
  Version1 old;
  old.a = 1;
  CHECK(c_api::read_struct("s", reinterpret_cast<const Version3*>(&old), out).ok());
  CHECK((out.a == 1 && out.b == 0 && out.c == 30 && out.d == 40));

  Version3 middle;
  middle.struct_size = sizeof(Version1) + 8;
  middle.c = 3;
  middle.d = 4;
  out = {};
  CHECK(c_api::read_struct("s", &middle, out).ok());
  CHECK((out.c == 3 && out.d == 40));

  Version4 newer;
  newer.known.struct_size = sizeof newer;
  newer.known.d = 5;
  out = {};
  CHECK(c_api::read_struct("s", &newer.known, out).ok());
  CHECK(out.d == 5);
  newer.e = 1LL << 40;
  constexpr StatusCode invalid = StatusCode::invalid_argument;
  check_message(c_api::read_struct("s", &newer.known, out), invalid, {"s.struct_size is 40", "newer version"});

  for (std::size_t unknown :
       {std::size_t{1}, std::size_t{8}, sizeof(Version1) + 1, sizeof(Version1) + 4, sizeof(Version3) - 1}) {
    middle.struct_size = unknown;
    check_message(c_api::read_struct("s", &middle, out), invalid, {"s.struct_size is " + std::to_string(unknown)});
  }
}
