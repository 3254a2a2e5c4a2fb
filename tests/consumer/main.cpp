// A program of someone who has poolnorm: pools and normalises one image, and checks the answers.
#include <poolnorm/poolnorm.hpp>

#include <cstdint>
#include <cstdio>
#include <cstring>

// The maximum of a window with a NaN, wherever it is, is a NaN. It is known by its bits, as this program may be compiled with
// -ffast-math.
static bool nan_wins() {
  const int size = 16;
  const std::uint32_t infinity = 0x7f800000, nan = 0x7fc00000;
  for (int at = 0; at < size * size; ++at) {
    float image[size * size], pooled[size * size / 4];
    for (int i = 0; i < size * size; ++i) image[i] = static_cast<float>(i);
    std::memcpy(&image[at], &nan, sizeof nan);
    if (!poolnorm::max_pool(image, poolnorm::nchw({1, 1, size, size}), pooled, poolnorm::Window(2))) return false;
    std::uint32_t bits;
    std::memcpy(&bits, &pooled[at / size / 2 * (size / 2) + at % size / 2], sizeof bits);
    if ((bits & 0x7fffffff) <= infinity) return false;
  }
  return true;
}

int main() {
  if (poolnorm::version() != POOLNORM_VERSION) {
    std::printf("headers of version %d, a library of version %d\n", POOLNORM_VERSION, poolnorm::version());
    return 1;
  }

  const float image[] = {1, 2, 3, 4,  //
                         5, 6, 7, 8};
  float pooled[2];
  const poolnorm::TensorDesc src = poolnorm::nchw({1, 1, 2, 4});
  const poolnorm::Status status = poolnorm::max_pool(image, src, pooled, poolnorm::Window(2));
  if (!status) {
    std::printf("max_pool: %s\n", status.message);
    return 1;
  }

  poolnorm::ScaleShiftDesc affine;
  const float scale = 2;
  affine.src = poolnorm::nchw({1, 1, 1, 2});
  affine.scale = {&scale, 1};
  affine.activation = poolnorm::relu();
  if (!poolnorm::scale_shift(affine, pooled, pooled)) return 1;

  std::printf("%g %g, %s\n", static_cast<double>(pooled[0]), static_cast<double>(pooled[1]),
              poolnorm::available(poolnorm::Isa::portable) ? "portable is there" : "portable is missing");
  return pooled[0] == 12 && pooled[1] == 16 && nan_wins() ? 0 : 1;
}
