// What must hold after any call, and the end of the run where it does not.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <poolnorm/poolnorm.hpp>

namespace poolnorm::fuzz {

inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// A message exactly where there is a reason for one.
inline void expect_answer(int code, const char* message) {
  expect(code >= 0 && code <= static_cast<int>(StatusCode::out_of_memory), "the code is one of the enumerators");
  expect(std::memchr(message, 0, Status::message_size) != nullptr, "the message ends");
  expect((code == 0) == (*message == 0), "a refusal, and nothing else, has a message");
}

// explain() may be cut anywhere, and says the same.
template <class Explain>
void expect_explained(Explain explain) {
  char whole[1024], part[24];
  const std::size_t length = explain(whole, sizeof whole);
  expect(length > 0 && length < sizeof whole && std::strlen(whole) == length, "explain() returns its length");
  std::memset(part, 'x', sizeof part);
  expect(explain(part, sizeof part - 1) == length, "explain() returns the length of the whole line");
  expect(part[sizeof part - 1] == 'x', "explain() stays within its buffer");
  expect(explain(nullptr, 0) == length, "explain() takes no buffer");
}

}  // namespace poolnorm::fuzz
