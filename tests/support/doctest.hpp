// doctest, and messages in the form it prints: its 2.4.9 shows char pointers as addresses.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include <poolnorm/isa.hpp>
#include <poolnorm/status.hpp>

namespace poolnorm::tests {

inline bool contains(const std::string& text, const std::string& word) { return text.find(word) != std::string::npos; }

// "" when ok.
inline std::string message_of(const Status& status) { return status.message; }
template <class T>
std::string message_of(const Result<T>& result) {
  return result.status.message;
}
inline std::string text_of(Isa isa) { return name(isa); }

}  // namespace poolnorm::tests
