// Sets an environment variable and puts the old value back.
#pragma once

#include <cstdlib>
#include <string>

namespace poolnorm::tests {

class ScopedEnvironment {
 public:
  ScopedEnvironment(const char* variable, const char* value) : variable_(variable) {
    if (const char* old = std::getenv(variable)) {
      had_value_ = true;
      old_ = old;
    }
    setenv(variable, value, 1);
  }
  ~ScopedEnvironment() { had_value_ ? setenv(variable_, old_.c_str(), 1) : unsetenv(variable_); }
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;

 private:
  const char* variable_;
  bool had_value_ = false;
  std::string old_;
};

}  // namespace poolnorm::tests
