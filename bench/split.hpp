#pragma once

#include <sstream>
#include <string>
#include <vector>

namespace bench {

// "a,b" as {"a", "b"}.
inline std::vector<std::string> split(const std::string& text, char separator = ',') {
  std::vector<std::string> all;
  std::stringstream stream(text);
  for (std::string item; std::getline(stream, item, separator);) all.push_back(item);
  return all;
}

}  // namespace bench
