#include "excite.hpp"

#include <algorithm>
#include <memory>

#include "check_made.hpp"
#include "doctest.hpp"
#include "isas.hpp"
#include "reference.hpp"
#include "tensor.hpp"

namespace poolnorm::tests {

template <class T>
DenseOf<T> ExciteCaseOf<T>::expected() const {
  DenseOf<T> y(x.dims);
  const std::int64_t images = x.dims[0], channels = x.dims[1];
  const std::int64_t per_image = images == 0 ? 0 : product(x.dims) / images;
  for (std::int64_t n = 0; n < images; ++n) {
    const bool adds = desc.residual.rank != 0;
    const DenseOf<T> from = x.image(n), residual = adds ? r.image(n) : DenseOf<T>();
    const std::vector<T> own(scale.data() + n * channels, scale.data() + (n + 1) * channels);
    ScaleShiftDesc d;
    d.src = packed(Layout::nchw, from.dims);
    d.src.type = desc.src.type;
    if (adds) d.residual = d.src;
    d.scale = own;
    d.activation = desc.activation;
    const DenseOf<T> one = reference::scale_shift(d, from, adds ? &residual : nullptr);
    std::copy_n(one.values.data(), per_image, y.values.data() + n * per_image);
  }
  return y;
}

template <class T>
DenseOf<T> ExciteCaseOf<T>::run(const How& how, Alias alias) const {
  Result<ExcitePlan> plan = ExcitePlan::make(desc, how.options());
  check_made(plan, how);
  const bool adds = desc.residual.rank != 0;
  const std::vector<std::int64_t> all = {1, 1, static_cast<std::int64_t>(scale.size())};
  const Tensor src(desc.src, x, how.src);
  const Tensor scales(packed(Layout::nchw, all, sizeof(T) == 8 ? ElementType::f64 : ElementType::f32), DenseOf<T>(all, scale));
  std::unique_ptr<Tensor> residual, own;
  if (adds) residual = std::make_unique<Tensor>(desc.residual, r);
  if (alias == Alias::none) own = std::make_unique<Tensor>(desc.dst.rank == 0 ? desc.src : desc.dst, how.dst);
  const Tensor& dst = alias == Alias::src ? src : alias == Alias::residual ? *residual : *own;
  const RunContext context{how.executor, nullptr, 0};
  const Status status = adds ? plan->run(src.bytes(), scales.bytes(), residual->bytes(), dst.bytes(), context)
                             : plan->run(src.bytes(), scales.bytes(), dst.bytes(), context);
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(dst.gaps_untouched());
  CHECK(as_written({&src, &scales, residual.get()}, {&dst}));
  return dst.template read_as<T>();
}

template struct ExciteCaseOf<float>;
template struct ExciteCaseOf<double>;

}  // namespace poolnorm::tests
