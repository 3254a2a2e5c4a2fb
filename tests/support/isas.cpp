#include "isas.hpp"

#include <cstdlib>
#include <cstring>
#include <sstream>

namespace poolnorm::tests {
namespace {

std::vector<Isa>& selection() {
  static std::vector<Isa> isas;
  return isas;
}

bool usable(const std::string& wanted, Isa& found) {
  for (Isa isa : all_isas) {
    if (wanted == name(isa) && available(isa)) {
      found = isa;
      return true;
    }
  }
  return false;
}

}  // namespace

const std::vector<Isa>& selected_isas() { return selection(); }

std::string select_isas(int argc, char** argv) {
  for (Isa isa : all_isas) {
    if (available(isa)) selection().push_back(isa);
  }
  Isa isa = Isa::best;
  if (const char* required = std::getenv("POOLNORM_REQUIRE_ISAS")) {
    std::istringstream names(required);
    for (std::string wanted; names >> wanted;) {
      if (!usable(wanted, isa)) return "POOLNORM_REQUIRE_ISAS names " + wanted + ", which this build or CPU lacks";
    }
  }
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--isa=", 6) != 0) continue;
    if (!usable(argv[i] + 6, isa)) return std::string(argv[i]) + ": this build or CPU lacks it";
    selection() = {isa};
    setenv("POOLNORM_ISA", name(isa), 1);  // for calls that take the best ISA
  }
  return "";
}

}  // namespace poolnorm::tests
