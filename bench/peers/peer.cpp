#include "peers/peer.hpp"

#if defined(POOLNORM_BENCH_ONEDNN)
#include "peers/onednn.hpp"
#endif

namespace bench {

std::vector<Peer> make_peers([[maybe_unused]] poolnorm::Isa isa) {
  std::vector<Peer> peers;
  peers.push_back({"separate", "calls of poolnorm", make_separate});
#if defined(POOLNORM_BENCH_ONEDNN)
  peers.push_back(make_onednn(isa));
#endif
  return peers;
}

}  // namespace bench
