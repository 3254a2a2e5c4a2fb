// The data behind a plan: every plan is a pointer to it, made and moved by these alone.
#pragma once

#include <poolnorm/status.hpp>

#include <new>

#include "plan/refuse.hpp"

namespace poolnorm {

// What run() says of a plan that was not made.
inline Status empty_plan() noexcept { return invalid("the plan is empty: make() it first"); }

// fill(Data&) -> Status, on value-initialised data. `data` stays null when there is no plan.
template <class Data, class Fill>
Status make_data(Data*& data, Fill fill) noexcept {
  data = new (std::nothrow) Data();
  if (data == nullptr) return out_of_memory();
  const Status s = fill(*data);
  if (!s) {
    delete data;
    data = nullptr;
  }
  return s;
}

// Move assignment.
template <class Data>
void take_data(Data*& mine, Data*& theirs) noexcept {
  if (&mine == &theirs) return;
  delete mine;
  mine = theirs;
  theirs = nullptr;
}

}  // namespace poolnorm
