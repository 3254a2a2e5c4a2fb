// What max unpooling and the gradient of max pooling hold: for every input the windows that see it. Where an index is none that its window
// can have, all is made anew by ScatterPlanData, which knows what to do with each.
#pragma once

#include "kernels/collect_table.hpp"
#include "plan/index_plan.hpp"
#include "plan/seen_axis.hpp"

namespace poolnorm {

// CollectAxis and its arrays.
struct SeenPlaces {
  Array<std::int32_t> first, count, place;
  std::int64_t step = 1;
  std::int32_t more = 0;
  std::int64_t most = 0;  // windows that see one input

  CollectAxis axis() const noexcept { return {first.data(), count.data(), place.data(), step, more}; }
  // Windows from the first that sees an input of [begin, end) to the last: [first, last).
  struct Range {
    std::int64_t first, last;
  };
  Range seen(std::int64_t begin, std::int64_t end) const noexcept;
};

struct CollectPlanData {
  SeenPlaces d, h, w;
  bool blocks = false;          // small windows: by blocks of inputs, no places
  bool names_given = false;     // blocks: the indices are names of taps already
  CollectPhase phases[2] = {};  // vectors along the row
  std::int64_t margin = 0;      // of room beside the windows of a row; 0: vectors along the channels
  std::int64_t windows = 0;     // elements that go back
  LaneForm form;
  // A task is a strip of channels and a band of rows of a slice.
  std::int64_t strip = 1, slabs = 1, band = 1, bands = 1, tasks = 1;
  std::int64_t band_windows = 1;  // rows of windows that a band sees in a slice
  const CollectKernels* kernels = nullptr;

  bool along() const noexcept { return margin != 0; }
  // Of copies: of a window's gradient, and of its place or its tap's name.
  std::int64_t gradient_bytes() const noexcept { return along() || form.copies() ? form.lane_bytes : 0; }
  std::int64_t place_bytes() const noexcept { return !blocks ? 4 : names_given ? 0 : 1; }
};

struct WayBackPlanData {
  ScatterPlanData scatter;
  CollectPlanData collect;
  bool collects = false;

  const PoolGeometry& pool() const noexcept { return scatter.geometry.pool; }
  // Of a band's rows of windows: their places or names of taps, and their gradients, where those are not read in place; of the rows of
  // inputs that are converted; the lists of what rows see.
  std::int64_t row_windows() const noexcept { return pool().w().out * collect.strip + 2 * collect.margin; }
  std::int64_t window_rows() const noexcept { return collect.d.most * collect.band_windows; }
  std::int64_t places_bytes() const noexcept { return whole_lines(row_windows() * collect.place_bytes()); }
  std::int64_t gradients_bytes() const noexcept { return whole_lines(row_windows() * collect.gradient_bytes()); }
  std::int64_t sums_bytes() const noexcept {
    return collect.band * collect.form.copy_bytes(pool().w().in, collect.strip);
  }
  std::int64_t listed_bytes() const noexcept {
    const std::int64_t most_seen = collect.band * collect.d.most * collect.h.most;
    return collect.blocks ? 0 : whole_lines(most_seen * static_cast<std::int64_t>(sizeof(CollectRow))) + whole_lines(collect.band * 4);
  }
  std::int64_t collect_bytes() const noexcept {
    return window_rows() * (places_bytes() + gradients_bytes()) + sums_bytes() + listed_bytes();
  }
  std::int64_t worker_bytes() const noexcept {
    return collects ? std::max(scatter.worker_bytes(), collect_bytes()) : scatter.worker_bytes();
  }
  // Of one that takes either way as it goes.
  std::int64_t channels_bytes() const noexcept { return scatter.worker_bytes() + (collects ? collect_bytes() : 0); }
};

// `adds`: the gradient, else unpooling.
Status plan_way_back(const MaxIndicesDesc& desc, bool adds, const PlanOptions& options, WayBackPlanData& plan) noexcept;

}  // namespace poolnorm
