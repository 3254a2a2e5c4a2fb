// golden/bits.txt: the SHA-256 sums of results whose bits are a promise. POOLNORM_WRITE_GOLDEN=1 writes
// them anew, the first of each name; ISAs and layouts that come later must agree with it even so.
#pragma once

#include "doctest.hpp"

#include <fstream>
#include <map>
#include <set>
#include <string>

#include "dense.hpp"
#include "environment.hpp"
#include "golden.hpp"
#include "sha256.hpp"

namespace poolnorm::tests {

class BitsFile {
 public:
  BitsFile() {
    std::ifstream in(golden_path("bits.txt"));
    for (std::string sum, name; in >> sum && std::getline(in >> std::ws, name);) sums_[name] = sum;
  }
  ~BitsFile() {
    if (!writes_) return;
    std::ofstream out(golden_path("bits.txt"));
    for (const auto& [name, sum] : sums_) out << sum << ' ' << name << '\n';
  }
  template <class T>
  void check(const std::string& name, const DenseOf<T>& values) {
    const std::string sum = sha256_of(values.values);
    if (writes_ && written_.insert(name).second) sums_[name] = sum;
    INFO(name);
    CHECK(sums_[name] == sum);
  }

 private:
  bool writes_ = environment_number("POOLNORM_WRITE_GOLDEN", 0) != 0;
  std::map<std::string, std::string> sums_;
  static inline std::set<std::string> written_;  // by any test of this program
};

}  // namespace poolnorm::tests
