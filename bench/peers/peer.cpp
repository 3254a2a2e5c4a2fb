#include "peers/peer.hpp"

#if defined(POOLNORM_BENCH_ONEDNN)
#include "peers/onednn.hpp"
#endif
#if defined(POOLNORM_BENCH_TORCH)
#include "peers/torch.hpp"
#endif
#if defined(POOLNORM_BENCH_ONNXRUNTIME)
#include "peers/onnxruntime.hpp"
#endif
#if defined(POOLNORM_BENCH_XNNPACK)
#include "peers/xnnpack.hpp"
#endif

namespace bench {

bool needs_cap([[maybe_unused]] poolnorm::Isa isa) {
#if defined(__x86_64__)
  return isa != poolnorm::Isa::avx512 && (isa != poolnorm::Isa::avx2 || __builtin_cpu_supports("avx512f"));
#else
  return isa == poolnorm::Isa::portable;
#endif
}

std::vector<Peer> make_peers([[maybe_unused]] poolnorm::Isa isa) {
  std::vector<Peer> peers;
  peers.push_back({"separate", "calls of poolnorm", make_separate, false, true});
#if defined(POOLNORM_BENCH_ONEDNN)
  peers.push_back(make_onednn(isa));
  peers.push_back(make_onednn_blocked());
#endif
#if defined(POOLNORM_BENCH_TORCH)
  if (auto torch = make_torch(isa)) peers.push_back(*torch);
#endif
#if defined(POOLNORM_BENCH_ONNXRUNTIME)
  if (auto onnxruntime = make_onnxruntime(isa)) peers.push_back(*onnxruntime);
#endif
#if defined(POOLNORM_BENCH_XNNPACK)
  if (auto xnnpack = make_xnnpack(isa)) peers.push_back(*xnnpack);
#endif
  return peers;
}

}  // namespace bench
